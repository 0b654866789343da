import { createHash } from "node:crypto";

export interface Script {
  readonly source: string;
  readonly sha: string;
}

/**
 * A settlement of a hold that a counter did not see is in what the ledger said of that counter, or not: by when it was settled. The
 * ledgers of other replicas are so many ms behind, and so far a counter rather counts twice than not at all.
 */
const LEDGER_LAG_MS = 1000;

/** Redis's own garbage collection, far behind what the scripts go by: they compare times themselves. */
const KEPT_LONGER_MS = 86_400_000;

/**
 * A counter is "spent reserved expires filled epoch", a bucket "debt at" (see buckets.ts), a hold a packed
 * { expires, epoch, rates, concurrency, budgets }, or "-" where it is only remembered that it was counted.
 */
const prelude = `
local function time(own, claimed)
  if own ~= 1 then return claimed end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function words(...)
  local texts = {...}
  for i = 1, #texts do
    if type(texts[i]) == 'number' then texts[i] = string.format('%.17g', texts[i]) end
  end
  return table.concat(texts, ' ')
end
local function counter(raw, epoch, now)
  if not raw then return nil end
  local spent, reserved, expires, filled, of = string.match(raw, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
  expires = tonumber(expires)
  if of ~= epoch or expires <= now then return nil end
  return { spent = tonumber(spent), reserved = tonumber(reserved), expires = expires, filled = tonumber(filled) }
end
local function keep(key, c, epoch, now)
  local text = words(c.spent, c.reserved, c.expires, c.filled, epoch)
  redis.call('SET', key, text, 'PX', math.max(1, math.ceil(c.expires - now)) + 60000)
end
local function level(raw, limit, now)
  if not raw then return 0, now end
  local debt, at = string.match(raw, '^(%S+) (%S+)$')
  debt, at = tonumber(debt), tonumber(at)
  if now <= at then return debt, at end
  return math.max(0, debt - (now - at) * limit), now
end
local function setLevel(key, debt, at, limit)
  redis.call('SET', key, words(debt, at), 'PX', math.ceil(debt / limit) + 60000)
end
local function recall(key)
  local raw = redis.call('GET', key)
  if not raw or raw == '-' then return nil, raw end
  local ok, record = pcall(cmsgpack.unpack, raw)
  if not ok or type(record) ~= 'table' then return nil, raw end
  return record, raw
end
local function account(record, epoch, cost, at, now)
  local budgets = record[5]
  for i = 1, #budgets, 3 do
    local key, amount = budgets[i], budgets[i + 1]
    local c = counter(redis.call('GET', key), epoch, now)
    if c then
      local seen = record[2] == epoch and c.filled == budgets[i + 2]
      if seen then c.reserved = c.reserved - amount end
      if seen or at > c.filled - ${LEDGER_LAG_MS} then
        c.spent = c.spent + (cost or amount)
        keep(key, c, epoch, now)
      end
    end
  end
end
local function leave(record, key)
  local slots = record[4]
  for i = 1, #slots do redis.call('ZREM', slots[i], key) end
end
`;

/**
 * KEYS: epoch, expiring, the hold, buckets, slots, counters. ARGV[1]: own clock?, now, lease, three counts, then each rate's limit,
 * window and amount, each slot's limit, each budget's limit, amount and time to live. Answers a code, the epoch, and numbers.
 */
const hold = `${prelude}
local n, count = {}, 0
for word in string.gmatch(ARGV[1], '%S+') do
  count = count + 1
  n[count] = tonumber(word)
end
local now = time(n[1], n[2])
local epoch = redis.call('GET', KEYS[1])
if not epoch then return { 5 } end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  local record = recall(key)
  if record then
    account(record, epoch, nil, now, now)
    leave(record, key)
    redis.call('DEL', key)
  end
  redis.call('ZREM', KEYS[2], key)
end
local rates, slots, budgets = n[4], n[5], n[6]
local expires = now + n[3]
local slotKey, budgetKey = 3 + rates, 3 + rates + slots
local rateAt, slotAt, budgetAt = 6, 6 + 3 * rates, 6 + 3 * rates + slots
local debts, ats, slow, longest = {}, {}, nil, 0
for i = 1, rates do
  local at = rateAt + 3 * (i - 1)
  local limit, window, amount = n[at + 1], n[at + 2], n[at + 3]
  debts[i], ats[i] = level(redis.call('GET', KEYS[3 + i]), limit, now)
  local over = debts[i] + math.min(amount, limit) * window - limit * window
  local wait = over > 0 and math.ceil(over / limit) or 0
  if wait > longest then slow, longest = i, wait end
end
local full
for i = 1, slots do
  local key = KEYS[slotKey + i]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if not full and redis.call('ZCARD', key) >= n[slotAt + i] then full = i end
end
local found, unknown, spent, last = {}, {}, nil, nil
for i = 1, budgets do
  local at = budgetAt + 3 * (i - 1)
  local c = counter(redis.call('GET', KEYS[budgetKey + i]), epoch, now)
  found[i] = c or false
  if not c then
    unknown[#unknown + 1] = i - 1
  elseif c.spent + c.reserved + n[at + 2] > n[at + 1] and (not spent or n[at + 3] > last) then
    spent, last = i, n[at + 3]
  end
end
local function answer(...)
  local reply = { ... }
  for i = 1, rates do
    local at = rateAt + 3 * (i - 1)
    local limit, window = n[at + 1], n[at + 2]
    reply[#reply + 1] = math.max(0, math.floor((limit * window - debts[i]) / window))
    reply[#reply + 1] = math.ceil(debts[i] / limit)
  end
  if #unknown > 0 then return reply end
  for i = 1, budgets do
    reply[#reply + 1] = found[i].spent
    reply[#reply + 1] = found[i].reserved
  end
  return reply
end
if spent and #unknown == 0 then return answer(1, epoch, spent - 1, 0) end
if slow then return answer(2, epoch, slow - 1, longest) end
if full then return answer(3, epoch, full - 1, 0) end
if #unknown > 0 then return { 4, epoch, unpack(unknown) } end
local record = { expires, epoch, {}, {}, {} }
for i = 1, rates do
  local at, key = rateAt + 3 * (i - 1), KEYS[3 + i]
  local limit, window, amount = n[at + 1], n[at + 2], n[at + 3]
  amount = math.min(amount, limit)
  debts[i] = debts[i] + amount * window
  setLevel(key, debts[i], ats[i], limit)
  local r = record[3]
  r[#r + 1], r[#r + 2], r[#r + 3], r[#r + 4] = key, window, limit, amount
end
for i = 1, slots do
  local key = KEYS[slotKey + i]
  redis.call('ZADD', key, expires, KEYS[3])
  redis.call('PEXPIRE', key, math.ceil(n[3]) + ${KEPT_LONGER_MS})
  record[4][i] = key
end
for i = 1, budgets do
  local at, key, c = budgetAt + 3 * (i - 1), KEYS[budgetKey + i], found[i]
  local amount = n[at + 2]
  c.reserved = c.reserved + amount
  c.expires = math.max(c.expires, now + n[at + 3])
  keep(key, c, epoch, now)
  local b = record[5]
  b[#b + 1], b[#b + 2], b[#b + 3] = key, amount, c.filled
end
redis.call('SET', KEYS[3], cmsgpack.pack(record), 'PX', math.ceil(n[3]) + ${KEPT_LONGER_MS})
redis.call('ZADD', KEYS[2], expires, KEYS[3])
return answer(0, epoch)
`;

/**
 * KEYS: epoch, expiring, holds. ARGV: own clock?, then for each hold its cost, when (ms ago by Redis's clock, else the time), the
 * epoch in which it was taken, a count, and so many buckets and amounts. Answers the places of holds that got lost with an epoch.
 */
const settle = `${prelude}
local own, p, lost = tonumber(ARGV[1]), 2, {}
local epoch, clock = redis.call('GET', KEYS[1]), time(own, 0)
for i = 3, #KEYS do
  local key, cost, of, count = KEYS[i], tonumber(ARGV[p]), ARGV[p + 2], tonumber(ARGV[p + 3])
  local at = own == 1 and clock - tonumber(ARGV[p + 1]) or tonumber(ARGV[p + 1])
  local now = own == 1 and clock or at
  local record, raw = recall(key)
  if record then
    local used = {}
    for r = 1, count do used[ARGV[p + 2 + 2 * r]] = tonumber(ARGV[p + 3 + 2 * r]) end
    local expired, rates = record[1] <= at, record[3]
    for r = 1, #rates, 4 do
      local name, window, limit, amount = rates[r], rates[r + 1], rates[r + 2], rates[r + 3]
      if used[name] and not expired then
        local debt, when = level(redis.call('GET', name), limit, now)
        setLevel(name, math.max(0, debt + (used[name] - amount) * window), when, limit)
      end
    end
    leave(record, key)
    if expired then cost = nil end
    account(record, epoch, cost, at, now)
    redis.call('ZREM', KEYS[2], key)
    if record[2] == epoch then redis.call('DEL', key) else redis.call('SET', key, '-', 'PX', ${KEPT_LONGER_MS}) end
  elseif not raw and of ~= '' and of ~= epoch then
    lost[#lost + 1] = i - 3
  end
  p = p + 4 + 2 * count
end
return lost
`;

/** KEYS: epoch, one mark for each. ARGV: own clock?, then for each its cost, when (as above), a count, and so many counters. */
const charge = `${prelude}
local own, p = tonumber(ARGV[1]), 2
local epoch, clock = redis.call('GET', KEYS[1]), time(own, 0)
for i = 2, #KEYS do
  local cost, count = tonumber(ARGV[p]), tonumber(ARGV[p + 2])
  local at = own == 1 and clock - tonumber(ARGV[p + 1]) or tonumber(ARGV[p + 1])
  local now = own == 1 and clock or at
  if redis.call('SET', KEYS[i], '-', 'NX', 'PX', ${KEPT_LONGER_MS}) then
    for j = 1, count do
      local key = ARGV[p + 2 + j]
      local c = counter(redis.call('GET', key), epoch, now)
      if c and at > c.filled - ${LEDGER_LAG_MS} then
        c.spent = c.spent + cost
        keep(key, c, epoch, now)
      end
    end
  end
  p = p + 3 + count
end
return 1
`;

/** KEYS: epoch, counters. ARGV: own clock?, now, how long ago the ledger was read, then each counter's sum and time to live. */
const fill = `${prelude}
local epoch, now = redis.call('GET', KEYS[1]), time(tonumber(ARGV[1]), tonumber(ARGV[2]))
if not epoch then return 0 end
for i = 2, #KEYS do
  if not counter(redis.call('GET', KEYS[i]), epoch, now) then
    local spent, ttl = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    local c = { spent = spent, reserved = 0, expires = now + ttl, filled = math.floor(now - tonumber(ARGV[3])) }
    keep(KEYS[i], c, epoch, now)
  end
end
return 1
`;

/** KEYS: epoch. ARGV: the server's run. What was counted in another run may have been forgotten in part: it gets another epoch. */
const begin = `
local epoch, run = redis.call('GET', KEYS[1]), ARGV[1] .. '/'
if epoch and string.sub(epoch, 1, #run) == run then return epoch end
local t = redis.call('TIME')
epoch = run .. t[1] .. '.' .. t[2]
redis.call('SET', KEYS[1], epoch)
return epoch
`;

function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

export const scripts = {
  hold: script(hold),
  settle: script(settle),
  charge: script(charge),
  fill: script(fill),
  begin: script(begin),
} as const;
