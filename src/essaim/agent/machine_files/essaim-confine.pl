# Starts a program of an account that cannot make subvolumes: `perl essaim-confine.pl PROGRAM ARGUMENT...`.
# An account's disk quota is its subvolume's, and one made within counts for itself. btrfs lets every user make one, by an ioctl; systemd's
# filters look at no argument of a call, so this one is laid beside them. In Perl because every Debian has it and it starts in 2 ms.
use strict;
use warnings;
use Config;

my %machines = (x86_64 => [0xC000003E, 16, 157], aarch64 => [0xC00000B7, 29, 167]);  # linux/audit.h, and the numbers of ioctl and prctl
my ($machine) = grep { $Config{archname} =~ /^$_/ } keys %machines;
die "no numbers of system calls for $Config{archname}\n" unless $machine;
my ($arch, $ioctl, $prctl) = @{$machines{$machine}};

use constant { LOAD => 0x20, AND => 0x54, EQUAL => 0x15, RETURN => 0x06 };        # linux/bpf_common.h
use constant { ALLOW => 0x7FFF0000, EPERM => 0x00050001, KILL => 0x80000000 };    # linux/seccomp.h
my @filter = (
    [LOAD, 0, 0, 4], [EQUAL, 1, 0, $arch], [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, 0], [EQUAL, 0, 8, $ioctl],
    [LOAD, 0, 0, 24], [AND, 0, 0, 0xFF00], [EQUAL, 0, 5, 0x9400],                 # btrfs' own commands (linux/btrfs.h)
    [LOAD, 0, 0, 24], [AND, 0, 0, 0xFF], [EQUAL, 2, 0, 9], [EQUAL, 1, 0, 13],     # but for clones of files: cp uses them
    [RETURN, 0, 0, EPERM], [RETURN, 0, 0, ALLOW],
);
my $code = join '', map { pack 'SCCL', @$_ } @filter;
my $program = pack 'S x![P] P', scalar @filter, $code;
syscall($prctl, 22, 2, $program) == 0 or die "the filter is refused: $!\n";       # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
