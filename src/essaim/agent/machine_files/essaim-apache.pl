# Starts and reloads an account's Apache: `perl essaim-apache.pl start PROGRAM ARGUMENT...`, `perl essaim-apache.pl reload PID`.
# Apache binds its sockets under names that change with each reading of its configuration (apache.conf). Once bound, they get the names that
# nginx knows: a rename, so that at no moment a visitor finds half of it. In Perl, like essaim-confine.pl.
$place = $ENV{RUNTIME_DIRECTORY};
%names = ('' => 'http', '.tls' => 'https');

sub pause { select undef, undef, undef, $_[0] }

sub name {
    my $turn = -d "$place/turn" ? 'b' : 'a';
    for (my $waited = 0; grep { !-S "$place/$turn$_" } keys %names; $waited += 0.004) {
        return 0 if $waited > 15;
        pause 0.004;
    }
    # The directory above keeps others out.
    chmod 0666, "$place/$turn$_" and rename "$place/$turn$_", "$place/$names{$_}" or die "$place/$turn$_: $!\n" for keys %names;
    return 1;
}

sub notify {
    require Socket;
    socket my $to, Socket::AF_UNIX(), Socket::SOCK_DGRAM(), 0 or die "socket: $!\n";
    send $to, $_[0], 0, Socket::pack_sockaddr_un($ENV{NOTIFY_SOCKET}) or die "$ENV{NOTIFY_SOCKET}: $!\n";
}

$verb = shift @ARGV;
if ($verb eq 'start') {
    rmdir "$place/turn";
    # A grandchild waits, so that Apache has no child that it does not know.
    unless ($child = fork) {
        exit if fork;
        exit unless name();
        # systemd learns by the sender whose word it is: one who is gone when it is read is nobody. Said twice is said once.
        for (1 .. 10) { notify('READY=1'); pause 0.2 }
        exit;
    }
    waitpid $child, 0;
    exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
}
# Away first: who comes now finds no socket and waits for the new one (front.lua), and who came is answered.
rename "$place/$_", "$place/$_.off" for values %names;
pause 0.03;
-d "$place/turn" ? rmdir "$place/turn" : mkdir "$place/turn" or die "$place/turn: $!\n";
kill 'USR1', $ARGV[0] or die "$ARGV[0]: $!\n";
name() or die "It does not listen.\n";
unlink map { "$place/$_.off" } values %names;
