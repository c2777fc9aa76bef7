"""The command line: parse, call, print. One file a command, loaded when it is asked."""
