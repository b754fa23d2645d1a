yes '' >&8
