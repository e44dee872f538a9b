# Runs a client's program and stays beside it: hands it the socket that is file descriptor 3, keeps what it writes in a file of a bounded
# size, starts it again when it ends, later each time, and tells systemd how it is ("running SINCE ENDS" or "failing SINCE ENDS WHY"),
# which the agent reads. It runs as the account, so all that it says is the account's own word.
# In Perl for the reasons of essaim-confine.pl; without modules, because each costs a waking program a millisecond.

($settings, $door, $file_most) = ('/run/essaim/program', 3, 1 << 20);
($first_pause, $longest_pause, $well_after) = (1, 60, 30);  # seconds

sub fields { local $/; open my $file, '<', "$settings/$_[0]" or die "$settings/$_[0]: $!\n"; return split /\0/, <$file>, -1 }
@words = fields('command');
%own = map { split /=/, $_, 2 } fields('environment');
$notify = $ENV{NOTIFY_SOCKET};
$notify =~ s/^@/\0/;
socket $systemd, 1, 2, 0;  # AF_UNIX, SOCK_DGRAM
sub inform { send $systemd, $_[0], 0, pack('S a*', 1, $notify) }

$path = "$own{ESSAIM_LOGS}/program.log";
sub keep {
    if ($log && -s $log > $file_most) { close $log; undef $log; rename $path, "$path.1" }
    $log || open $log, '>>', $path or undef $log;
    $log && syswrite $log, $_[0];  # a full quota loses lines, and nothing else
}
sub note {
    my ($s, $m, $h, $d, $month, $year) = gmtime;
    keep(sprintf "[essaim %04d-%02d-%02d %02d:%02d:%02dZ] %s\n", $year + 1900, $month + 1, $d, $h, $m, $s, $_[0]);
}

$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = sub { $is_ending = 1; kill 'TERM', $program if $program };
$^F = $door;  # the program inherits it
open $listening, '+<&=', $door or die "no socket: $!\n";

sub start {
    pipe $heard, my $said or die "pipe: $!\n";
    $program = fork // return 0;
    return 1 if $program;
    $SIG{$_} = 'DEFAULT' for qw(PIPE TERM INT);
    setpgrp 0, 0;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>&', $said and open STDERR, '>&', $said;
    %ENV = (%own, LISTEN_FDS => 1, LISTEN_PID => $$);
    chdir $own{ESSAIM_SITE} and exec { $words[0] } @words;
    print STDERR "$own{ESSAIM_SITE}, $words[0]: $!\n";
    exit 127;
}

# What it writes, until it has ended and no more is to be read: its status then.
sub is_readable {
    my $bits = '';
    vec($bits, fileno $heard, 1) = 1;
    return select($bits, undef, undef, $_[0]) > 0;
}
sub follow {
    my ($status, $last_reads) = (undef, 64);  # who outlives it and goes on writing is not read for ever
    for (;;) {
        if (is_readable(defined $status ? 0 : 2)) {
            if (sysread $heard, my $text, 65536) {
                keep($text);
                next if !defined $status || $last_reads-- > 0;
            }
        }
        return $status if defined $status;
        if (waitpid($program, 1) == $program) {  # WNOHANG
            $status = $?;
            kill 'KILL', -$program;  # what it has left behind
        } elsif (is_readable(0)) {
            select undef, undef, undef, 0.05;  # it has closed its output, or is about to end
        }
    }
}

# Until it is started again visitors are told at once that nobody answers, and do not wait.
sub pause {
    my $until = time + $_[0];
    while (!$is_ending && time < $until) {
        my $waiting = '';
        vec($waiting, $door, 1) = 1;
        if (select($waiting, undef, undef, 1) > 0) { accept my $visitor, $listening; close $visitor }
    }
}

($ends, $next_pause) = (0, $first_pause);
note('The program is started.');
inform("READY=1\nSTATUS=running " . time . ' 0');
until ($is_ending) {
    my $began = time;
    if (start()) {
        kill 'TERM', $program if $is_ending;  # told so while it was being made
        $status = follow();
    } else {
        $status = 0x7F00;
        note("It could not be started: $!");
    }
    undef $program;
    last if $is_ending;
    $ends++;
    $next_pause = $first_pause if time - $began > $well_after;
    my $why = $status & 127 ? 'signal ' . ($status & 127) : 'status ' . ($status >> 8);
    note("It ended with $why, and is started again in $next_pause s.");
    inform('STATUS=failing ' . time . " $ends $why");
    pause($next_pause);
    $next_pause = $next_pause * 2 > $longest_pause ? $longest_pause : $next_pause * 2;
    inform('STATUS=' . ($ends > 0 ? 'restarted ' : 'running ') . time . " $ends $why") unless $is_ending;
}
note('The program is stopped.');
