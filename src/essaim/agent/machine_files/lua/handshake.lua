-- Which certificate a TLS client is shown, and how old its TLS may be: found by the name it asks for, at each handshake.
--
-- Reading a pair is half as much work as the whole handshake (OpenSSL 3.0), so each worker keeps those that are asked for often, told apart by the
-- chain's file: an agent that renews, replaces or takes away a certificate changes that file, and the next handshake sees it.
-- Steps are few here: Lua is interpreted, and a twentieth of a handshake is all that this may cost.
local base = require "resty.core.base"
local ffi = require "ffi"
local client = require "ngx.ssl.clienthello"
local clock = require "clock"
local keypairs = require "keypairs"

ffi.cdef[[
/* Of lua-nginx-module, for what its own calls do one by one. */
void *ngx_http_lua_ffi_get_req_ssl_pointer(void *, const char **);
int SSL_client_hello_get0_ext(void *, unsigned int, const unsigned char **, size_t *);
void SSL_certs_clear(void *);
int SSL_use_cert_and_key(void *, void *, void *, void *, int);
]]
local C = ffi.C
local get_request = base.get_request

local SITES = "/srv/essaim/sites/"
local PAIRS = 2560  -- of all workers together: some 8 KB each, more with a long chain of names
local SERVER_NAME, SUPPORTED_VERSIONS, TLS_1_3 = 0, 43, "\3\4"
local NAME_AT = 5  -- RFC 6066, section 3: the list's length, the kind of name, the name's length

local pairs_read = clock.new(PAIRS / ngx.worker.count(), keypairs.free)
local bytes, size, wrong_of_nginx = ffi.new("const unsigned char *[1]"), ffi.new("size_t[1]"), ffi.new("const char *[1]")

local handshake = {}

-- An extension of the client's first message, as it came.
local function extension(connection, kind)
    if C.SSL_client_hello_get0_ext(connection, kind, bytes, size) == 1 then
        return ffi.string(bytes[0], size[0])
    end
end

-- The name that was asked for, if a site can have it.
local function name_asked(connection)
    local list = extension(connection, SERVER_NAME)
    local name = list and list:sub(NAME_AT + 1):lower()
    if name and name:find("^[a-z0-9][a-z0-9.-]*%.[a-z0-9-]*[a-z0-9]$") then
        return name
    end
end

-- The directory of the site called `name`, else of the wildcard site above it; its chain is the file that was looked at last.
local function site_of(name)
    local site = SITES .. name
    if keypairs.is_there(site .. keypairs.CHAIN) then
        return site
    end
    local above = name:match("^[^.]+(%..+)$")
    site = above and SITES .. "_" .. above
    if site and keypairs.is_there(site .. keypairs.CHAIN) then
        return site
    end
end

local function is_modern(connection)
    local versions = extension(connection, SUPPORTED_VERSIONS)  -- RFC 8446, section 4.2.1: a length, then versions of two bytes
    local at = versions and versions:find(TLS_1_3, 2, true)
    return at and at % 2 == 0
end

-- The client is shown `pair`, which must outlive this call only.
local function is_shown(connection, pair)
    C.SSL_certs_clear(connection)  -- nginx' own certificate: else it would be for who likes its kind of key better
    local agreed = C.SSL_use_cert_and_key(connection, pair.certificate, pair.key, pair.above, 1)
    if agreed ~= 1 then
        C.ERR_clear_error()
    end
    return agreed == 1
end

-- Called for each TLS client, before anything is answered. nginx' own certificate, which proves nothing, is for who asks for no name.
function handshake.answer()
    local connection = C.ngx_http_lua_ffi_get_req_ssl_pointer(get_request(), wrong_of_nginx)
    local name = name_asked(connection)
    if not name then
        return
    end
    local site = site_of(name)
    if not site then
        return ngx.exit(ngx.ERROR)  -- the client gets an alert: there is no certificate for that name here
    end
    local inode, seconds, nanoseconds = keypairs.stamp()
    local pair = pairs_read:get(inode)
    local is_kept = true
    if not pair or pair.seconds ~= seconds or pair.nanoseconds ~= nanoseconds then
        local wrong
        pair, wrong = keypairs.read(site)
        if not pair then
            ngx.log(ngx.ERR, "the certificate of ", name, " cannot be used: ", wrong)
            return ngx.exit(ngx.ERROR)
        end
        pairs_read:delete(pair.inode)
        is_kept = pairs_read:offer(pair.inode, pair)
    end
    local agreed = is_shown(connection, pair)
    if not is_kept then
        keypairs.free(pair)
    end
    if not agreed then
        ngx.log(ngx.ERR, "the certificate of ", name, " and its key cannot be used: OpenSSL refuses them")
        return ngx.exit(ngx.ERROR)
    end
    -- Who knows TLS 1.3 gets it. TLS 1.2 is for the sites that ask for it.
    if not is_modern(connection) and not keypairs.is_there(site .. "/intermediate") then
        client.set_protocols({ "TLSv1.3" })  -- and so an alert, which says that the version is not supported
    end
end

return handshake
