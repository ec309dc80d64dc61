"""Granian, as `run` and `serve` start it.

Its WSGI side gives a request a thread before the body is there, so that a few slow senders leave
nobody to answer the others; and it can't tell X_Forwarded_Proto from X-Forwarded-Proto. Its RSGI
side has neither fault, but leads every request through an event loop, which costs half as much
processor time again. So this is the RSGI side without the loop: Granian's threads call Django
directly (`Scheduler`, `AtOnce`). What Granian offers for this it doesn't promise to keep: its
version is pinned, and test_rsgi.py and test_serving.py meet all of it.
"""

import asyncio
import functools
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from types import FrameType
from typing import Any

from granian import _granian
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from tuition import environment
from tuition.postgres.server import release

logger = logging.getLogger(__name__)
rust: Any = _granian  # its types are behind

THREADS_ARGUMENT = 13  # of those a worker is started with; Granian allows RSGI one thread
# What a terminal, a person and an operating system tell a process to end with.
END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HUNG = 15  # seconds without a sign of life
IN_FLIGHT = 20  # seconds for what is being answered to end; no statement takes longer


def on_end(end: Callable[[], object]) -> None:
    """Call it when this process is told to end; once, however often it is told."""
    ended = False

    def told(number: int, frame: FrameType | None) -> None:
        nonlocal ended
        if not ended:
            ended = True
            end()

    for number in END:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, told)


def width() -> tuple[int, int]:
    """(worker processes, threads in each). Each thread keeps one database connection."""
    workers = environment.whole_number(
        "WORKERS", default=min(os.cpu_count() or 1, 4), least=1, most=64
    )
    threads = environment.whole_number("THREADS", default=2, least=1, most=64)
    return workers, threads


def serve(
    host: str, port: int, workers: int, threads: int, in_first: Callable[[], None] | None = None
) -> None:
    """Serve until told to stop; what is in flight then ends first.

    `in_first` is called in the first worker, once Django is loaded there: a thread that it starts
    would do harm in this process, which forks.
    """
    server = MPServer(
        "tuition.rsgi:Reception",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        http=HTTPModes.http1,
        websockets=False,
        runtime_mode=RuntimeModes.mt,
        blocking_threads_idle_timeout=600,  # seconds; a thread that ends drops its connection
        respawn_failed_workers=True,
        workers_kill_timeout=IN_FLIGHT,
        log_level=LogLevels.warning,
    )

    pulse = Pulse(workers)
    server.main_loop_interrupt = Wakeful(lambda: pulse.end_hung(server.wrks))

    @server.on_startup
    def listen_to_signals() -> None:  # Granian's own handlers lock up when told twice
        on_end(server.signal_handler_interrupt)

    try:
        server.serve(spawn_target=functools.partial(start_worker, threads, in_first, pulse.beats))
    except SystemExit:
        if not server.interrupt_signal:  # somebody told the workers too, and they were quicker
            raise


class Wakeful(threading.Event):
    """Of two signals at once another thread may take both, and the main one, asleep, not notice.

    So it wakes up now and then, and looks after the workers.
    """

    def __init__(self, look: Callable[[], object]) -> None:
        super().__init__()
        self.look = look

    def wait(self, timeout: float | None = None) -> bool:
        while not super().wait(timeout or 0.5):
            if timeout:
                return False
            self.look()
        return True


def is_alive(worker: WorkerProcess) -> bool:
    """Asked of a pipe that ends with it.

    Granian asks the kernel, who tells the end of a process once: to a thread that watches it. Until
    that one gets to say so, a worker that is gone would be called one that refused to stop.
    """
    return not wait([worker.inner.sentinel], timeout=0)


WorkerProcess.is_alive = is_alive  # type: ignore[assignment, method-assign]


class Pulse:
    """When each worker last gave a sign of life, in memory that it shares with this process.

    One that stopped (SIGSTOP, a deadlock in C) is ended, and Granian starts another in its place.
    """

    def __init__(self, workers: int) -> None:
        self.beats = multiprocessing.RawArray("d", workers + 1)
        self.looked = time.monotonic()

    def end_hung(self, workers: Iterable[Any]) -> None:
        now = time.monotonic()
        asleep, self.looked = now - self.looked > HUNG / 3, now
        for worker in workers:
            beat = self.beats[worker.idx + 1]
            if asleep:  # this process was stopped itself, and they with it: they get their time
                self.beats[worker.idx + 1] = now
            elif beat and now - beat > HUNG and worker.is_alive():
                words = "worker %s gave no sign of life for %s s, and is replaced"
                logger.error(words, worker.idx + 1, HUNG)
                self.beats[worker.idx + 1] = 0  # until the next one's first
                worker.inner.kill()


# -- A worker process ------------------------------------------------------------------------------


def start_worker(threads: int, in_first: Callable[[], None] | None, beats: Any, *args: Any) -> None:
    """Granian's arguments; until the worker serves, whoever tells it to stop just ends it."""
    os.setpgid(0, 0)  # what a terminal says is meant for the server, who then tells its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    live_with_parent(beats, worker=args[0])
    work(*args[:THREADS_ARGUMENT], threads, *args[THREADS_ARGUMENT + 1 :], in_first)


def live_with_parent(beats: Any, worker: int) -> None:
    """Give signs of life; leave when the server is gone (kill -9), and free its port."""
    server = multiprocessing.parent_process()

    def watch() -> None:
        while server and os.getppid() == server.pid:
            beats[worker] = time.monotonic()
            time.sleep(1)
        release()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]
def work(
    worker_id: int,
    callback: Any,
    socket: Any,
    ipc: Any,
    loop: Any,
    runtime_mode: Any,
    runtime_threads: int,
    runtime_blocking_threads: int,
    threads: int,
    idle_timeout: int,
    backpressure: int,
    task_impl: Any,
    http: Any,
    http1: Any,
    http2: Any,
    websockets: bool,
    static_path: Any,
    log_format: Any,
    tls: Any,
    scope: Any,
    metrics: Any,
    in_first: Callable[[], None] | None,
) -> None:
    """Granian's own RSGI worker, but for what stands in the head of this file.

    By now the decorator has loaded Django: `callback` is `tuition.rsgi.Reception`.
    """
    if in_first and worker_id == 1:
        in_first()
    granian = rust.RSGIWorker(
        worker_id,
        socket,
        ipc,
        runtime_threads,
        runtime_blocking_threads,
        threads,
        idle_timeout,
        backpressure,
        http,
        http1,
        http2,
        websockets,
        static_path,
        *tls,
        metrics,
    )
    told, ended = rust.WorkerSignal(), asyncio.Event()
    told.add_cb(lambda: loop.call_soon_threadsafe(ended.set))
    reception, at_once = callback(), AtOnce()

    @functools.cache  # told a second time it would wait for itself
    def stop() -> None:
        reception.close()
        told.set()

    loop.add_signal_handler(signal.SIGTERM, stop)
    granian.serve_mtr(Scheduler(at_once, reception), at_once, told)
    loop.run_until_complete(ended.wait())


class Scheduler(rust.CallbackScheduler):  # type: ignore[misc]
    """Granian calls it in one of its threads, for each request."""

    def __new__(cls, loop: "AtOnce", reception: Callable[[Any], None]) -> Any:
        return super().__new__(cls, loop, reception, None, None, None)

    def __init__(self, loop: "AtOnce", reception: Callable[[Any], None]) -> None:
        self._schedule_fn = reception


class AtOnce:
    """In place of an event loop, which Granian, in one of its threads, asks to call back."""

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> None:
        callback(*args)

    call_soon_threadsafe = call_soon
