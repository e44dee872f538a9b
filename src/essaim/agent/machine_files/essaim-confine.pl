# Starts a program of an account that cannot make subvolumes, and takes turns on a processor in short slices:
# `perl essaim-confine.pl PROGRAM ARGUMENT...`.
# An account's disk quota is its subvolume's, and one made within counts for itself. btrfs lets every user make one, by an ioctl; systemd's
# filters look at no argument of a call, so this one is laid beside them. In Perl because every Debian has it and it starts in 2 ms;
# without `use strict`, because each module costs a waking account a millisecond more.

# A tenth of a millisecond, from Linux 6.12 on: a process that wakes takes the place of one that has had as much, and need not wait for the next tick of
# the clock (four milliseconds). Older kernels take no notice. The program cannot change it: the filter below.

# The architecture's number (linux/audit.h) and those of ioctl, prctl and sched_setattr there, by the machine that an ELF file names.
%machines = (62 => [0xC000003E, 16, 157, 314], 183 => [0xC00000B7, 29, 167, 274]);
open $self, '<:raw', '/proc/self/exe' and read $self, $head, 20 or die "/proc/self/exe: $!\n";
($arch, $ioctl, $prctl, $setattr) = @{$machines{unpack 'x18 S', $head} or die "no numbers of system calls for this machine\n"};

($load, $and, $equal, $return) = (0x20, 0x54, 0x15, 0x06);            # linux/bpf_common.h
($allow, $eperm, $kill) = (0x7FFF0000, 0x00050001, 0x80000000);       # linux/seccomp.h
@filter = (
    [$load, 0, 0, 4], [$equal, 1, 0, $arch], [$return, 0, 0, $kill],
    [$load, 0, 0, 0], [$equal, 8, 0, $setattr], [$equal, 0, 8, $ioctl],
    [$load, 0, 0, 24], [$and, 0, 0, 0xFF00], [$equal, 0, 5, 0x9400],  # btrfs' own commands (linux/btrfs.h)
    [$load, 0, 0, 24], [$and, 0, 0, 0xFF], [$equal, 2, 0, 9], [$equal, 1, 0, 13],  # but for clones of files: cp uses them
    [$return, 0, 0, $eperm], [$return, 0, 0, $allow],
);
# struct sched_attr (sched_setattr(2)): 48 bytes, SCHED_OTHER, no flags, nice 0, no priority, the slice in nanoseconds.
$turns = pack 'LLQlLQQQ', 48, 0, 0, 0, 0, 100_000, 0, 0;
syscall $setattr, 0, $turns, 0;
$code = join '', map { pack 'SCCL', @$_ } @filter;
$program = pack 'S x![P] P', scalar @filter, $code;
syscall($prctl, 22, 2, $program) == 0 or die "the filter is refused: $!\n";  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
