-- Plays each request of a file once, over as many connections as wrk has, and says how long that took. The file holds
-- requests as they go over the wire, each behind a line with its length in bytes.
--   wrk -t1 -c64 -d600s -s prepared-requests.lua URL -- FILE [explain]
-- wrk sleeps out its duration whatever its thread does, so whoever started it sends SIGINT when it reads "played".
local ffi = require('ffi')
ffi.cdef([[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *now);
]])
local moment = ffi.new('moment')

local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) * 1e6 + tonumber(moment.nanoseconds) / 1e3
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
end

local requests = {}
sent = 0
microseconds = 0
local started
local verified = false

refusal = ''

-- Costs the reading of every answer's head, so only where the rate does not matter.
local function explain(status, _, body)
  if status >= 300 and refusal == '' then refusal = status .. ' ' .. body end
end

function init(args)
  if args[2] == 'explain' then response = explain end
  local file = assert(io.open(args[1], 'rb'))
  while true do
    local line = file:read('*l')
    if not line then break end
    requests[#requests + 1] = file:read(tonumber(line))
  end
  file:close()
end

function request()
  -- wrk asks for one request that it never sends, to see how it looks.
  if not verified then
    verified = true
    return requests[1]
  end
  if not started then started = now() end
  if sent == #requests then
    if microseconds == 0 then
      microseconds = now() - started
      io.stdout:write('played\n')
      io.stdout:flush()
    end
    wrk.thread:stop()
    return requests[sent]
  end
  sent = sent + 1
  return requests[sent]
end

function done(summary, latency)
  local thread = threads[1]
  local refused = thread:get('refusal')
  if refused ~= '' then io.stdout:write('refused: ' .. refused .. '\n') end
  local errors = summary.errors
  io.stdout:write(string.format(
    '{"sent":%d,"microseconds":%d,"p50":%d,"p99":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
    thread:get('sent'), thread:get('microseconds'), latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout
  ))
end
