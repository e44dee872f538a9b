-- A certificate, those above it, and its key, read from a site's files into OpenSSL.
--
-- OpenSSL 3.0 looks through all it can decode for each certificate and each key: 0.1 ms each, a quarter of a handshake. So a key of the usual kind is
-- given to it as numbers, certificates of authorities are read once, and what was read belongs to whoever asked (`free`), not to Lua's collector.
local ffi = require "ffi"
local generations = require "generations"

ffi.cdef[[
typedef struct { int64_t seconds; uint32_t nanoseconds; int32_t unused; } essaim_time;
typedef struct {
    uint32_t mask, block; uint64_t attributes; uint32_t links, uid, gid; uint16_t mode, unused1; uint64_t inode;
    uint64_t size, blocks, attributes_mask; essaim_time read, born, changed, written; uint64_t unused2[32];
} essaim_statx;  /* statx(2): the same on every architecture */
int statx(int, const char *, int, unsigned int, essaim_statx *);
int open(const char *, int, ...);
long read(int, void *, size_t);
int close(int);

typedef struct { const char *key; unsigned int type; void *data; size_t size, returned; } essaim_param;  /* OSSL_PARAM(3) */
void *EVP_PKEY_CTX_new_from_name(void *, const char *, const char *);
int EVP_PKEY_fromdata_init(void *);
int EVP_PKEY_fromdata(void *, void **, int, essaim_param *);
void *d2i_PrivateKey(int, void **, const unsigned char **, long);
int EVP_PKEY_get_base_id(const void *);
void EVP_PKEY_free(void *);
void *d2i_X509(void **, const unsigned char **, long);
void *X509_get0_pubkey(const void *);
int X509_check_private_key(const void *, const void *);
void X509_free(void *);
void *X509_chain_up_ref(void *);
void *OPENSSL_sk_new_null(void);
int OPENSSL_sk_push(void *, const void *);
void OPENSSL_sk_pop_free(void *, void (*)(void *));
void *EVP_ENCODE_CTX_new(void);
void EVP_DecodeInit(void *);
int EVP_DecodeUpdate(void *, unsigned char *, int *, const unsigned char *, int);
int EVP_DecodeFinal(void *, unsigned char *, int *);
void ERR_clear_error(void);

/* When the chain's file was written, and which it is, as Lua's numbers. */
typedef struct { void *certificate, *above, *key; double inode, seconds, nanoseconds; } essaim_keypair;
]]
local C = ffi.C

local KEY = "/tls/key.pem"
local AUTHORITIES = 64
local TRIES = 5
local FROM_ROOT, STATX_INODE_AND_WRITTEN = -100, 0x100 + 0x40
local READ_ONLY_CLOSED_ON_EXEC = 0x80000
local ROOM = 192 * 1024  -- a client's chain has 128 KiB at most

local found = ffi.new("essaim_statx")
local file = ffi.new("unsigned char[?]", ROOM)
local der = ffi.new("unsigned char[?]", ROOM)
local at = ffi.new("const unsigned char *[1]")
local count = ffi.new("int[1]")
local decoding = C.EVP_ENCODE_CTX_new()

local keypairs = { CHAIN = "/tls/fullchain.pem" }

function keypairs.is_there(path)
    return C.statx(FROM_ROOT, path, 0, STATX_INODE_AND_WRITTEN, found) == 0
end

-- What tells the file that was looked at last from any other, and from what it was before.
function keypairs.stamp()
    return tonumber(found.inode), tonumber(found.written.seconds), found.written.nanoseconds
end

local function content_of(path)
    local opened = C.open(path, READ_ONLY_CLOSED_ON_EXEC)
    if opened < 0 then
        return nil
    end
    local size = tonumber(C.read(opened, file, ROOM))
    C.close(opened)
    if size > 0 and size < ROOM then
        return ffi.string(file, size)
    end
end

-- The bytes between two lines of PEM (RFC 7468), in `der`: how many; and where the second line ends.
local function decode(pem, label, from)
    local _, start = pem:find("%-%-%-%-%-BEGIN [%u ]*" .. label .. "%-%-%-%-%-", from)
    local stop, last = pem:find("-----END ", (start or #pem) + 1, true)
    if not stop then
        return nil
    end
    C.EVP_DecodeInit(decoding)
    local text = ffi.cast("const unsigned char *", pem)
    if C.EVP_DecodeUpdate(decoding, der, count, text + start, stop - 1 - start) < 0 then
        return nil
    end
    local size = count[0]
    if C.EVP_DecodeFinal(decoding, der + size, count) < 0 then
        return nil
    end
    return size + count[0], last
end

local function certificate_in(pem, from)
    local size, last = decode(pem, "CERTIFICATE", from)
    if not size then
        return nil
    end
    at[0] = der
    local certificate = C.d2i_X509(nil, at, size)
    if certificate == nil then
        C.ERR_clear_error()
        return nil
    end
    return certificate, last
end

local function free_stack(stack)
    C.OPENSSL_sk_pop_free(stack, C.X509_free)
end

-- What signed most certificates are a few: each is read once.
local authorities = generations.new(AUTHORITIES)

-- The certificates above a site's own, from where that ends.
local function above_in(pem, from)
    local rest = pem:sub(from)
    local above = authorities:get(rest)
    if not above then
        above = ffi.gc(C.OPENSSL_sk_new_null(), free_stack)
        local next_at = 1
        while rest:find("-----BEGIN", next_at, true) do
            local certificate, last = certificate_in(rest, next_at)
            if not certificate then
                return nil
            end
            C.OPENSSL_sk_push(above, certificate)
            next_at = last
        end
        authorities:set(rest, above)
    end
    return C.X509_chain_up_ref(above)
end

-- ECDSA with P-256 as PKCS #8 (RFC 5208 around RFC 5915), with its public half: two numbers at places that are always the same.
local P256 = "\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x6d\x30\x6b"
    .. "\x02\x01\x01\x04\x20"
local PUBLIC = "\xa1\x44\x03\x42\x00"
local SECRET_AT, PUBLIC_AT, P256_SIZE = #P256, #P256 + 32 + #PUBLIC, #P256 + 32 + #PUBLIC + 65
local UNSIGNED, TEXT, OCTETS, KEY_PAIR = 2, 4, 5, 0x87  -- OSSL_PARAM_*, EVP_PKEY_KEYPAIR

local secret, public = ffi.new("unsigned char[32]"), ffi.new("unsigned char[65]")
local names = { "group", "priv", "pub", "prime256v1" }  -- anchored: OpenSSL is given where they are
local numbers = ffi.new("essaim_param[4]", {
    { names[1], TEXT, ffi.cast("void *", ffi.cast("const char *", names[4])), #names[4], 0 },
    { names[2], UNSIGNED, secret, 32, 0 },
    { names[3], OCTETS, public, 65, 0 },
})
local made = ffi.new("void *[1]")
local making = C.EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
C.EVP_PKEY_fromdata_init(making)

local function key_from_numbers(size)
    if size ~= P256_SIZE or ffi.string(der, #P256) ~= P256 or ffi.string(der + SECRET_AT + 32, #PUBLIC) ~= PUBLIC then
        return nil
    end
    ffi.copy(secret, ffi.string(der + SECRET_AT, 32):reverse(), 32)  -- OSSL_PARAM's numbers are the machine's own: least byte first
    ffi.copy(public, der + PUBLIC_AT, 65)
    made[0] = nil
    local agreed = C.EVP_PKEY_fromdata(making, made, KEY_PAIR, numbers)
    if agreed == 1 then
        return made[0]
    end
    C.ERR_clear_error()
end

-- The key, read as what the certificate's is: guessing its kind costs three times as much.
local function key_in(pem, certificate)
    local size = decode(pem, "PRIVATE KEY", 1)
    if not size then
        return nil
    end
    local key = key_from_numbers(size)
    if not key then
        at[0] = der
        key = C.d2i_PrivateKey(C.EVP_PKEY_get_base_id(C.X509_get0_pubkey(certificate)), nil, at, size)
    end
    if key ~= nil then
        return key
    end
    C.ERR_clear_error()
end

function keypairs.free(pair)
    C.X509_free(pair.certificate)
    free_stack(pair.above)
    C.EVP_PKEY_free(pair.key)
end

local function parse(chain, key)
    local certificate, last = certificate_in(chain, 1)
    if not certificate then
        return nil, "its first certificate cannot be read"
    end
    local pair = ffi.new("essaim_keypair")
    pair.certificate = certificate
    pair.above = above_in(chain, last)
    pair.key = C.X509_get0_pubkey(certificate) ~= nil and key_in(key, certificate) or nil
    local wrong
    if pair.above == nil then
        wrong = "a certificate above its own cannot be read"
    elseif pair.key == nil then
        wrong = "its key cannot be read"
    elseif C.X509_check_private_key(certificate, pair.key) ~= 1 then
        wrong = "the key is another's"
    end
    if wrong then
        C.ERR_clear_error()  -- else nginx would tell of it at its next call
        keypairs.free(pair)
        return nil, wrong
    end
    return pair
end

-- The pair of `site`, as one agent's step left it: where the chain's file is another afterwards, or the key is, both are read again. Its chain is
-- the file that was looked at last. It is the caller's to free.
function keypairs.read(site)
    local wrong = "its files do not stay the same"
    for _ = 1, TRIES do
        local inode, seconds, nanoseconds = keypairs.stamp()
        local chain, key = content_of(site .. keypairs.CHAIN), content_of(site .. KEY)
        if not keypairs.is_there(site .. keypairs.CHAIN) then
            return nil, "it was taken away"
        end
        local inode_after, seconds_after, nanoseconds_after = keypairs.stamp()
        if not chain or not key then
            wrong = "nginx may not read it, or its key"
        elseif inode == inode_after and seconds == seconds_after and nanoseconds == nanoseconds_after then
            local pair
            pair, wrong = parse(chain, key)
            if pair then
                pair.inode, pair.seconds, pair.nanoseconds = inode, seconds, nanoseconds
                return pair
            end
        end
    end
    return nil, wrong
end

return keypairs
