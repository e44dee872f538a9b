<?php
set_time_limit(50);
error_reporting(0);
$b = $_GET['b']; $home = "/srv/essaim/accounts/$b"; $site = $_GET['site']; $pid = (int) $_GET['pid'];

function reads($path) {  // by PHP's own functions, or by a program
    $file = escapeshellarg($path);
    $shell = shell_exec("head -c 1 $file 2>/dev/null; ls -A $file/ 2>/dev/null");
    return (string) @file_get_contents($path) !== '' || count(@scandir($path) ?: []) > 2 || trim((string) $shell) !== '';
}
function writes($path) { return @file_put_contents($path, 'x') !== false; }
function talks($address) {
    $talk = @stream_socket_client($address, $number, $text, 3);
    return $talk !== false;
}
function pings($host, $port, $say) {  // what the other side answers to what is said
    $talk = @stream_socket_client("tcp://$host:$port", $number, $text, 3);
    if ($talk === false) return '';
    stream_set_timeout($talk, 3);
    $told = (string) fgets($talk);
    fwrite($talk, $say);
    return $told . (string) fgets($talk) . (string) fgets($talk);
}

function units_of_essaim($path) { return trim((string) shell_exec("find $path/ -name '*essaim*' 2>/dev/null")) !== ''; }
function others($passwd) {  // the names of accounts in lines of passwd(5)
    return array_filter(explode("\n", (string) $passwd), fn($line) => ($number = (int) (explode(':', $line)[2] ?? 0)) >= 1000
        && $number !== posix_geteuid() && $number !== 65534);
}

$me = posix_geteuid();
$socket = "/run/essaim/php/$b." . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '.sock';
$found = [
    'read a file of the neighbour' => reads("$home/sites/$site/index.html"),
    'list the home of the neighbour' => reads($home),
    'list the sites of the neighbour' => reads("$home/sites"),
    'read the sessions of the neighbour' => reads("$home/.sessions"),
    'leave its home for the others' => count(@scandir('/srv/home/..') ?: []) > 4 || count(@scandir('/srv/essaim') ?: []) > 0,
    'see who has an account' => count(array_diff(@scandir('/srv/essaim/accounts') ?: [], ['.', '..', $_GET['a']])) > 0,
    'read the proofs of sites' => reads("/srv/essaim/sites/$site/proof"),
    'read the private key of the neighbour' => reads("/srv/essaim/tls/$site/key.pem"),
    'read an own private key' => reads("/srv/essaim/tls/{$_GET['own']}/key.pem"),
    'read the agent\'s seed' => reads('/etc/essaim/agent.seed'),
    'read the agent\'s settings' => reads('/etc/essaim/agent.toml'),
    'read the neighbour\'s settings' => reads("/etc/essaim/accounts/$b.env"),
    'read what the agent remembers' => reads('/var/lib/essaim/agent/agent.sqlite3'),
    'read the key for the authority' => reads('/var/lib/essaim/agent/acme'),
    'read the sources of the agent' => reads('/opt/essaim/src/essaim/agent/main.py'),
    'read the passwords of the machine' => reads('/etc/shadow'),
    'read the home of root' => reads('/root'),
    'read the journal' => reads('/run/log/journal') || reads('/var/log/journal'),
    'read the memory of the machine' => reads('/dev/mem') || reads('/proc/kcore'),
    'list the kernel\'s messages' => reads('/dev/kmsg') || trim((string) shell_exec('dmesg 2>/dev/null')) !== '',
    'connect to the PHP of the neighbour' => talks("unix://$socket"),
    'connect to systemd' => talks('unix:///run/systemd/private'),
    'connect to the message bus' => talks('unix:///run/dbus/system_bus_socket') || talks('unix:///var/run/dbus/system_bus_socket'),
    'ask systemd for its units' => trim((string) shell_exec('systemctl list-units --no-legend 2>/dev/null')) !== '',
    'see a process of another' => array_filter(glob('/proc/[0-9]*'), fn($p) => @fileowner($p) !== false && @fileowner($p) !== $me) !== [],
    'see the command line of the first process' => reads('/proc/1/cmdline') || reads('/proc/1/environ'),
    'signal a process of the neighbour' => posix_kill($pid, 0),
    'signal the first process' => posix_kill(1, 0),
    'write into the home of the neighbour' => writes("$home/sites/$site/planted.html"),
    'write into another site of the machine' => writes("/srv/essaim/sites/$site/docroot/planted.html"),
    'write a link for a site' => @symlink($home, "/srv/essaim/sites/planted.test"),
    'write an answer to a challenge' => writes('/srv/essaim/challenges/planted'),
    'write beside the homes' => writes('/srv/essaim/accounts/planted') || writes('/srv/planted'),
    'write into the machine' => writes('/etc/planted') || writes('/usr/local/bin/planted') || writes('/var/planted') || writes('/run/planted'),
    'write a job for later' => writes('/var/spool/cron/crontabs/x') || writes('/etc/cron.d/x') || writes('/etc/systemd/system/x.service'),
    'write a user' => writes('/etc/passwd') || writes('/etc/userdb/planted.user') || writes('/run/userdb/planted.user'),
    'read what the neighbour shares with itself' => reads('/dev/shm/of-the-neighbour'),
    'list the users of the machine' => reads('/etc/userdb') || reads('/run/systemd/userdb')
        || others(@file_get_contents('/etc/passwd')) !== [] || others(shell_exec('getent passwd')) !== [],
    'make a file that runs as another' => (function () {
        @copy('/bin/true', 'own-true');
        return @chmod('own-true', 04755) && (fileperms('own-true') & 04000) !== 0;
    })(),
    'become root by a program of the machine' => trim((string) shell_exec('su -c "id -u" 2>/dev/null; mount --bind /etc /mnt 2>/dev/null && echo mounted')) !== '',
    'make a namespace' => trim((string) shell_exec('unshare --user --map-root-user id -u 2>/dev/null')) === '0',
    'trace another process' => trim((string) shell_exec("cat /proc/$pid/maps 2>/dev/null | head -c 10")) !== '',
    'change the clock' => trim((string) shell_exec('date --set=2001-01-01 >/dev/null 2>&1 && echo set')) !== '',
    'open a raw socket' => function_exists('socket_create') && @socket_create(AF_INET, SOCK_RAW, 1) !== false,
    'listen where the web does' => @stream_socket_server('tcp://0.0.0.0:443') !== false || @stream_socket_server('tcp://0.0.0.0:81') !== false,
    'use the bus without credentials' => strpos(pings('10.77.0.2', 4222, "CONNECT {\"verbose\":true}\r\nPING\r\n"), 'PONG') !== false,
    'raise the memory limit' => @ini_set('memory_limit', '-1') !== false && ini_get('memory_limit') === '-1',
    'link a file of the neighbour under an own name' => @link("$home/sites/$site/index.html", 'stolen.html') || is_link('stolen.html'),
    'link a file of the machine under an own name' => @link('/etc/passwd', 'passwd.txt') || @link('/usr/bin/su', 'su'),
    'take the name of the neighbour\'s socket' => @stream_socket_server("unix://$socket") !== false,
    'name who has which number' => array_filter(range(20000, 20040), fn($uid) => $uid !== $me && posix_getpwuid($uid)) !== []
        || posix_getpwnam($b) !== false || posix_getgrnam($b) !== false,
    'read which accounts the machine has units for' => units_of_essaim('/etc/systemd') || units_of_essaim('/run/systemd'),
    'read which accounts the control groups name' => reads('/sys/fs/cgroup') || reads('/sys/fs/btrfs'),
    'read which sockets the machine has' => reads('/proc/self/net/unix') || reads('/proc/net/unix'),
    'read who visits the machine' => reads('/proc/self/net/tcp') || reads('/proc/self/net/tcp6') || reads('/proc/self/net/udp'),
    'see a script of another in opcache' => array_filter(array_keys(@opcache_get_status()['scripts'] ?? []),
        fn($path) => !str_starts_with($path, '/srv/home/') && !str_starts_with($path, '/usr/local/share/essaim/')) !== [],
    'have opcache read a script of another' => @opcache_compile_file("$home/sites/$site/kept.php") === true,
    'keep compiled scripts where others find them' => @ini_set('opcache.file_cache', '/tmp') !== false,
    'run a job later' => trim((string) shell_exec('echo true | at now 2>/dev/null && echo yes; (echo "* * * * * true" | crontab -) 2>/dev/null && echo yes')) !== '',
    'start a unit' => trim((string) shell_exec('systemd-run --quiet true 2>/dev/null && echo yes; systemd-run --user --quiet true 2>/dev/null && echo yes')) !== '',
    'become another by sudo' => trim((string) shell_exec('sudo -n id -u 2>/dev/null; pkexec id -u 2>/dev/null')) !== '',
    'load a library into every program' => writes('/etc/ld.so.preload') || writes('/usr/lib/x.so'),
    'change the platform\'s proof' => writes('/usr/local/share/essaim/proof.php') || writes('/usr/local/share/essaim/.user.ini'),
    'send PHP\'s own settings along' => @ini_set('security.limit_extensions', '') !== false || @ini_set('sys_temp_dir', '/srv') !== false,
    'load an extension of its own' => function_exists('dl') && @dl('own.so') === true,
    'call into the C library from PHP' => class_exists('FFI') && (function () {
        try { return FFI::cdef('int getpid(void);')->getpid() > 0; } catch (Throwable) { return false; }
    })(),
];
header('Content-Type: application/json');
echo json_encode(['found' => $found, 'me' => posix_getpwuid($me)['name'], 'tmp' => @scandir('/tmp'), 'open' => array_filter(
    ['own file' => reads(__FILE__), 'own home' => writes("/srv/home/own"), 'tmp' => writes('/tmp/own-' . $_GET['a'])])]);
