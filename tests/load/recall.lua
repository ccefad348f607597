-- Recalls for wrk, each of another case. TELLTALE_API_KEY is the key.
local things = {"order", "parcel", "invoice", "lamp", "phone", "ticket", "contract", "card", "account", "booking"}
local verbs = {"refund", "return", "exchange", "cancel", "reship", "renew", "pause", "move", "merge", "close"}
local headers = {["Content-Type"] = "application/json"}
if os.getenv("TELLTALE_API_KEY") then
  headers["Authorization"] = "Bearer " .. os.getenv("TELLTALE_API_KEY")
end

function request()
  local task = verbs[math.random(#verbs)] .. " the " .. things[math.random(#things)] .. " #" .. math.random(1000, 99999)
  local body = '{"text": "' .. task .. '", "context": {"channel": "chat", "amount": ' .. math.random(5, 500) .. "}}"
  return wrk.format("POST", "/v1/recall", headers, body)
end
