-- Which certificate a TLS client is shown, and how old its TLS may be: found by the name it asks for, at each handshake.
--
-- Reading a pair is as much work as the whole handshake (OpenSSL 3.0), so each worker keeps some that it read, told apart by the
-- chain's file: an agent that renews, replaces or takes away a certificate changes that file, and the next handshake sees it.
local ffi = require "ffi"
local ssl = require "ngx.ssl"
local client = require "ngx.ssl.clienthello"
local generations = require "generations"

ffi.cdef[[
typedef struct { int64_t seconds; uint32_t nanoseconds; int32_t unused; } essaim_time;
typedef struct {
    uint32_t mask, block; uint64_t attributes; uint32_t links, uid, gid; uint16_t mode, unused1; uint64_t inode;
    uint64_t size, blocks, attributes_mask; essaim_time read, born, changed, written; uint64_t unused2[32];
} essaim_statx;  /* statx(2): the same on every architecture */
int statx(int, const char *, int, unsigned int, essaim_statx *);
int OPENSSL_sk_push(void *, const void *);
void *OPENSSL_sk_value(const void *, int);
int X509_up_ref(void *);
void *X509_get0_pubkey(const void *);
int EVP_PKEY_get_base_id(const void *);
int X509_check_private_key(const void *, const void *);
void *d2i_PrivateKey(int, void **, const unsigned char **, long);
void EVP_PKEY_free(void *);
void ERR_clear_error(void);
]]
local C = ffi.C

local SITES, CHAIN, KEY = "/srv/essaim/sites/", "/tls/fullchain.pem", "/tls/key.pem"
local PAIRS = 2560  -- of all workers together: some 8 KB each, more with a long chain of names
local AUTHORITIES = 64
local TRIES = 5
local FROM_ROOT, STATX_INODE_AND_WRITTEN = -100, 0x100 + 0x40
local SUPPORTED_VERSIONS, TLS_1_3 = 43, { 3, 4 }

local pairs_read = generations.new(PAIRS / ngx.worker.count())
-- What signed most certificates are a few: each is read once.
local authorities = generations.new(AUTHORITIES)
local found = ffi.new("essaim_statx")
local bytes = ffi.new("const unsigned char *[1]")

local handshake = {}

local function is_there(path)
    return C.statx(FROM_ROOT, path, 0, STATX_INODE_AND_WRITTEN, found) == 0
end

-- What tells the file that was looked at last from any other, and from what it was before.
local function stamp()
    return tonumber(found.inode), tonumber(found.written.seconds), found.written.nanoseconds
end

local function read(path)
    local file = io.open(path)
    if not file then
        return nil
    end
    local text = file:read("*a")
    file:close()
    return text
end

-- The key, read as what the certificate's is: guessing its kind costs three times as much.
local function parse_key(pem, kind)
    local body = pem:match("PRIVATE KEY%-%-%-%-%-%s+([%w+/=%s]+)%-%-%-%-%-END")
    local der = body and ngx.decode_base64((body:gsub("%s", "")))
    if der then
        bytes[0] = ffi.cast("const unsigned char *", der)
        local key = C.d2i_PrivateKey(kind, nil, bytes, #der)
        if key ~= nil then
            return ffi.gc(key, C.EVP_PKEY_free)
        end
        C.ERR_clear_error()
    end
    return ssl.parse_pem_priv_key(pem)
end

-- The certificates of a chain: a stack of OpenSSL's whose first is the site's own.
local function parse_chain(pem)
    local _, cut = pem:find("-----END CERTIFICATE-----", 1, true)
    if not cut then
        return nil, "no certificate in it"
    end
    local chain, wrong = ssl.parse_pem_cert(pem:sub(1, cut) .. "\n")
    if not chain then
        return nil, wrong
    end
    for one in pem:sub(cut + 1):gmatch("%-%-%-%-%-BEGIN CERTIFICATE.-END CERTIFICATE%-%-%-%-%-") do
        local above = authorities:get(one)
        if not above then
            above, wrong = ssl.parse_pem_cert(one .. "\n")
            if not above then
                return nil, wrong
            end
            authorities:set(one, above)
        end
        local certificate = C.OPENSSL_sk_value(above, 0)
        C.X509_up_ref(certificate)
        C.OPENSSL_sk_push(chain, certificate)
    end
    return chain
end

local function parse_pair(chain, key)
    local pair, wrong = {}, nil
    pair.chain, wrong = parse_chain(chain)
    if not pair.chain then
        return nil, wrong
    end
    local leaf = C.OPENSSL_sk_value(pair.chain, 0)
    pair.key, wrong = parse_key(key, C.EVP_PKEY_get_base_id(C.X509_get0_pubkey(leaf)))
    if not pair.key then
        return nil, wrong
    end
    if C.X509_check_private_key(leaf, pair.key) ~= 1 then
        C.ERR_clear_error()
        return nil, "the key is another's"
    end
    return pair
end

-- The pair of `site`, as one agent's step left it: where the chain's file is another afterwards, or the key is, both are read again.
local function read_pair(site)
    local wrong = "its files do not stay the same"
    for _ = 1, TRIES do
        local inode, seconds, nanoseconds = stamp()
        local chain, key = read(site .. CHAIN), read(site .. KEY)
        if not is_there(site .. CHAIN) then
            return nil, "it was taken away"
        end
        local inode_after, seconds_after, nanoseconds_after = stamp()
        if not chain or not key then
            wrong = "nginx may not read it, or its key"
        elseif inode == inode_after and seconds == seconds_after and nanoseconds == nanoseconds_after then
            local pair
            pair, wrong = parse_pair(chain, key)
            if pair then
                pair.inode, pair.seconds, pair.nanoseconds = inode, seconds, nanoseconds
                return pair
            end
        end
    end
    return nil, wrong
end

-- The directory of the site called `name`, else of the wildcard site above it; its chain is the file that was looked at last.
local function site_of(name)
    local site = SITES .. name
    if is_there(site .. CHAIN) then
        return site
    end
    local above = name:match("^[^.]+(%..+)$")
    if above and is_there(SITES .. "_" .. above .. CHAIN) then
        return SITES .. "_" .. above
    end
end

local function is_modern()
    local versions = client.get_client_hello_ext(SUPPORTED_VERSIONS)  -- RFC 8446, section 4.2.1: a length, then pairs
    if versions then
        for at = 2, #versions - 1, 2 do
            local major, minor = versions:byte(at, at + 1)
            if major == TLS_1_3[1] and minor == TLS_1_3[2] then
                return true
            end
        end
    end
    return false
end

-- Called for each TLS client, before anything is answered. nginx' own certificate, which proves nothing, is for who asks for no name.
function handshake.answer()
    local name = client.get_client_hello_server_name()
    name = name and name:lower():match("^[a-z0-9][a-z0-9.-]*%.[a-z0-9-]*[a-z0-9]$")
    if not name then
        return
    end
    local site = site_of(name)
    if not site then
        return ngx.exit(ngx.ERROR)  -- the client gets an alert: there is no certificate for that name here
    end
    local inode, seconds, nanoseconds = stamp()
    local pair = pairs_read:get(inode)
    if not pair or pair.seconds ~= seconds or pair.nanoseconds ~= nanoseconds then
        local wrong
        pair, wrong = read_pair(site)
        if not pair then
            ngx.log(ngx.ERR, "the certificate of ", name, " cannot be used: ", wrong)
            return ngx.exit(ngx.ERROR)
        end
        pairs_read:set(pair.inode, pair)
    end
    -- Set here and not in ssl_certificate_by_lua: one call from nginx into Lua less, a twentieth of a handshake.
    local agreed, wrong = ssl.set_cert(pair.chain)
    if agreed then
        agreed, wrong = ssl.set_priv_key(pair.key)
    end
    if not agreed then
        pairs_read:delete(pair.inode)
        ngx.log(ngx.ERR, "the certificate of ", name, " and its key cannot be used: ", wrong)
        return ngx.exit(ngx.ERROR)
    end
    -- Who knows TLS 1.3 gets it. TLS 1.2 is for the sites that ask for it.
    if not is_modern() and not is_there(site .. "/intermediate") then
        client.set_protocols({ "TLSv1.3" })  -- and so an alert, which says that the version is not supported
    end
end

return handshake
