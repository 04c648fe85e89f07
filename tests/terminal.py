#!/usr/bin/env python3
"""What a command leaves on a terminal, and what it showed there meanwhile.

usage: terminal.py [--interrupt | --end TEXT] COLUMNSxROWS REPORT COMMAND...

Runs the command on a terminal of that size and prints the lines that it leaves.
Standard input, where it is no terminal, is typed, a line each time that "> "
waits for one; --interrupt types Ctrl-C when progress is first seen, --end
Ctrl-D when TEXT is.
Ends with the command's status, 128 and the signal's number if one ended it.

REPORT gets a line of numbers, then each text that was taken off again:
shown (how often a text was), widest (columns of the widest), torn (texts that
had wrapped, so that their beginning stays), column (where the cursor ends).
"""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PIECE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n\b]|[^\x1b\r\n\b]+|.", re.S)
BEGUN = re.compile(r"\x1b(\[[0-9;?]*)?\Z")


class Screen:
    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]   # as the terminal has them, wrapped ones apart
        self.column = 0
        self.begun = 0      # the line where the text behind a line feed began
        self.held = ""      # a sequence that has begun
        self.shown = []
        self.torn = 0

    def put(self, text):
        for c in text:
            if self.column == self.columns:
                self.lines.append("")
                self.column = 0
            line = self.lines[-1]
            self.lines[-1] = line[:self.column].ljust(self.column) + c + \
                line[self.column + 1:]
            self.column += 1

    def feed(self, text):
        text = self.held + text
        begun = BEGUN.search(text)
        self.held = begun[0] if begun else ""
        text = text[:len(text) - len(self.held)]
        for piece in PIECE.findall(text):
            if piece == "\r":
                self.column = 0
            elif piece == "\n":
                self.lines.append("")
                self.begun = len(self.lines) - 1
            elif piece == "\b":
                self.column = max(0, self.column - 1)
            elif piece == "\x1b[K":
                if self.column == 0 and self.lines[-1]:
                    self.torn += len(self.lines) - 1 > self.begun
                    self.shown.append("".join(self.lines[self.begun:]))
                self.lines[-1] = self.lines[-1][:self.column]
            elif not piece.startswith("\x1b"):
                self.put(piece)
            elif not piece.endswith("m"):
                sys.exit(f"terminal.py: {piece!r} is not known here")


def main():
    args = sys.argv[1:]
    interrupt = args[0] == "--interrupt"
    if interrupt:
        del args[0]
    last = args.pop(1) if args[0] == "--end" else None
    if last:
        del args[0]
    columns, rows = map(int, args[0].split("x"))
    typed = [] if os.isatty(0) else sys.stdin.read().splitlines(True)
    pid, fd = pty.fork()
    if pid == 0:
        # a test in the background ignores Ctrl-C, and so do its children
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.execvp(args[2], args[2:])
    screen, end = Screen(columns), time.monotonic() + 300
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while time.monotonic() < end:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:     # Linux's end of a terminal
            break
        if not data:
            break
        screen.feed(decoder.decode(data))
        if typed is not None and screen.lines[-1] == "> ":
            os.write(fd, typed.pop(0).encode() if typed else b"\x04")
        if last and any(last in line for line in screen.lines):
            os.write(fd, b"\x04")
            last = None
        if interrupt and screen.shown:
            os.write(fd, b"\x03")
            interrupt = False
    else:
        os.killpg(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    widest = max(map(len, screen.shown), default=0)
    with open(args[1], "w", encoding="utf-8") as report:
        print(f"shown {len(screen.shown)} widest {widest} torn {screen.torn}"
              f" column {screen.column}", *screen.shown, sep="\n", file=report)
    print("\n".join(screen.lines).rstrip("\n"))
    sys.exit(status if status >= 0 else 128 - status)


main()
