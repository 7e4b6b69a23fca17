-- Sends requests in turn; see harness/wrk.mjs, which says what.
local function lines(name)
  local all = {}
  for line in io.lines(os.getenv(name)) do all[#all + 1] = line end
  return all
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function init()
  local method, headers, body = os.getenv("BENCH_METHOD"), os.getenv("BENCH_HEADERS"), os.getenv("BENCH_BODY")
  paths, tokens = lines("BENCH_PATHS"), lines("BENCH_TOKENS")
  at = tonumber(os.getenv("BENCH_START"))
  local length = body == "" and "" or "Content-Length: " .. #body .. "\r\n"
  tail = "\r\nHost: 127.0.0.1\r\n" .. headers .. length .. "\r\n" .. body
  head = method .. " "
end

function request()
  local path = paths[at % #paths + 1]
  local token = #tokens > 0 and "\r\nAuthorization: Bearer " .. tokens[at % #tokens + 1] or ""
  at = at + 1
  return head .. path .. " HTTP/1.1" .. token .. tail
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d,"next":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout, threads[1]:get("at")))
end
