"""From files to rows: one stage a file, chained in `sync`."""
