"""What happens to an office's work when machines fail: `make drill`, `make drill-cluster`.

Writers keep a journal while something is killed, stopped, filled up or cut off; afterwards every
write that was acknowledged is there exactly once.
"""
