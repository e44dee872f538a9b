-- Who may come in: networks that are allowed, and passwords. A record names folders; a request must satisfy every rule it is under.
local bit = require "bit"
local ffi = require "ffi"
local lrucache = require "resty.lrucache"
local pages = require "pages"
local visited = require "visited"

ffi.cdef [[
int PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
                      const void *digest, int keylen, unsigned char *out);
const void *EVP_sha512(void);
]]

-- A password costs its worker some ten milliseconds, in which it serves nobody: so what was right is remembered, what is wrong is
-- counted, and a site has few looks a second.
local REMEMBERED_S = 300
local WRONG_MOST, WRONG_WINDOW_S = 10, 60
local LOOKS_A_SECOND = 5 -- of each worker
local ITERATIONS_MOST = 100000
local NOBODY = "pbkdf2-sha512$20000$" .. string.rep("00", 16) .. "$" .. string.rep("00", 32)

local access = {}
local right = lrucache.new(2048)
local counts = ngx.shared.front
local random = io.open("/dev/urandom", "rb")
local secret = random:read(32)
random:close()

local function bytes_of(hex)
    return (hex:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end))
end

-- `networks`: pairs of the first address in hex and the length of the prefix. `address`: 4 or 16 bytes.
function access.is_within(address, networks)
    for at = 1, #networks do
        local first, length = bytes_of(networks[at][1]), networks[at][2]
        if #first == #address then
            local whole, rest = math.floor(length / 8), length % 8
            local same = first:sub(1, whole) == address:sub(1, whole)
            if same and rest > 0 then
                same = bit.rshift(first:byte(whole + 1), 8 - rest) == bit.rshift(address:byte(whole + 1), 8 - rest)
            end
            if same then
                return true
            end
        end
    end
    return false
end

function access.networks(record)
    if not record.allowed then
        return
    end
    local forms, address = visited.forms(), ngx.var.binary_remote_addr
    for at = 1, #record.allowed do
        local rule = record.allowed[at]
        if visited.is_below(forms, rule.path) and not access.is_within(address, rule.networks) then
            return pages.show("elsewhere", { status = 403 })
        end
    end
end

-- Whether `password` is the one of `hash`: pbkdf2-sha512$<iterations>$<salt, hex>$<32 bytes, hex>.
local function fits(password, hash)
    local iterations, salt, wanted = hash:match("^pbkdf2%-sha512%$(%d+)%$(%x+)%$(%x+)$")
    iterations = tonumber(iterations)
    if not iterations or iterations > ITERATIONS_MOST or #wanted ~= 64 then
        return false
    end
    salt = bytes_of(salt)
    local out = ffi.new("unsigned char[32]")
    if ffi.C.PKCS5_PBKDF2_HMAC(password, #password, salt, #salt, iterations, ffi.C.EVP_sha512(), 32, out) ~= 1 then
        return false
    end
    local made, differs = ffi.string(out, 32), 0
    wanted = bytes_of(wanted)
    for at = 1, 32 do
        differs = bit.bor(differs, bit.bxor(made:byte(at), wanted:byte(at)))
    end
    return differs == 0
end

-- IPv6: a household has 2^64 addresses.
local function household(address)
    return #address == 16 and address:sub(1, 8) or address
end

local function is_known(rule, site, user, password)
    local hash = rule.users[user]
    local key = ngx.hmac_sha1(secret, table.concat({ site, rule.path, user, hash or "", password }, "\0"))
    if right:get(key) then
        return true
    end
    local wrong = "wrong:" .. site .. ":" .. household(ngx.var.binary_remote_addr)
    local looks = "looks:" .. site .. ":" .. math.floor(ngx.now())
    if (counts:get(wrong) or 0) >= WRONG_MOST or (counts:incr(looks, 1, 0, 2) or 0) > LOOKS_A_SECOND * ngx.worker.count() then
        return pages.show("often", { status = 429, retry_s = WRONG_WINDOW_S })
    end
    if fits(password, hash or NOBODY) and hash then
        right:set(key, true, REMEMBERED_S)
        return true
    end
    counts:incr(wrong, 1, 0, WRONG_WINDOW_S)
    return false
end

local function credentials()
    local given = ngx.var.http_authorization
    local coded = given and given:match("^%a+ +([%w+/=]+)%s*$")
    if not coded or given:sub(1, 5):lower() ~= "basic" then
        return nil
    end
    local text = ngx.decode_base64(coded)
    if not text or text:find("%c") then -- HMAC takes a key with zeros at its end for the same
        return nil
    end
    return text:match("^([^:]*):(.*)$")
end

function access.passwords(record)
    if not record.protected then
        return
    end
    local forms
    for at = 1, #record.protected do
        local rule = record.protected[at]
        forms = forms or visited.forms()
        if visited.is_below(forms, rule.path) then
            local user, password = credentials()
            if not user or not is_known(rule, ngx.var.site, user, password) then
                ngx.header["WWW-Authenticate"] = 'Basic realm="' .. ngx.var.host .. rule.realm .. '", charset="UTF-8"'
                return pages.show("password", { status = 401 })
            end
        end
    end
end

return access
