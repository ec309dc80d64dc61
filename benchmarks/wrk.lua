-- Asks the questions of a file in turn: each line is a path and, for a POST, a tab and the body.
-- Its report is one line of JSON.

local requests, turn, threads = {}, 0, 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local posted = {["Content-Type"] = "application/json"}
  for name, value in pairs(wrk.headers) do posted[name] = value end
  for line in io.lines(args[1]) do
    local path, body = line:match("^([^\t]+)\t?(.*)$")
    requests[#requests + 1] = body == "" and wrk.format("GET", path)
      or wrk.format("POST", path, posted, body)
  end
  turn = math.floor(number * #requests / args[2])  -- threads begin at different questions
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "refused": %d, "lost": %d}\n',
    summary.requests, summary.duration / 1e6, errors.status, lost))
end
