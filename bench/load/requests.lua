-- Sends requests in turn; see harness/wrk.mjs, which says what.
local function lines(name)
  local all = {}
  for line in io.lines(os.getenv(name)) do all[#all + 1] = line end
  return all
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function init()
  paths, tokens, bodies = lines("BENCH_PATHS"), lines("BENCH_TOKENS"), lines("BENCH_BODIES")
  at = tonumber(os.getenv("BENCH_START"))
  head = os.getenv("BENCH_METHOD") .. " "
  tail = "\r\nHost: 127.0.0.1\r\n" .. os.getenv("BENCH_HEADERS")
end

function request()
  local path = paths[at % #paths + 1]
  local token = #tokens > 0 and "\r\nAuthorization: Bearer " .. tokens[at % #tokens + 1] or ""
  local body = #bodies > 0 and bodies[at % #bodies + 1] or nil
  at = at + 1
  local rest = body and "Content-Length: " .. #body .. "\r\n\r\n" .. body or "\r\n"
  return head .. path .. " HTTP/1.1" .. token .. tail .. rest
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d,"next":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout, threads[1]:get("at")))
end
