#!/bin/sh
exec /usr/bin/python3 -I -S -c 'import sys; sys.dont_write_bytecode = True; sys.path.insert(0, "@SOURCE@"); from essaim.agent.ssh.@MODULE@ import main; sys.exit(main())' "$@"
