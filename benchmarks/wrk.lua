-- wrk's report as one line of JSON. With a file of bodies: each request posts the next of them.

local requests, turn = {}, 0

local function next_request()
  turn = turn % #requests + 1
  return requests[turn]
end

function init(args)
  if not args[1] then return end
  wrk.headers["Content-Type"] = "application/json"
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, nil, body)
  end
  request = next_request
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "refused": %d, "lost": %d}\n',
    summary.requests, summary.duration / 1e6, errors.status, lost))
end
