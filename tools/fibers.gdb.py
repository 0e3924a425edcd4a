"""The gdb command `fibers`: where every waiting fiber stands, from a live process or a core.

    gdb -x tools/fibers.gdb.py build/hark core

Lists the fibers of all loops. Walks frame pointers, which every build of ours keeps.
"""
import gdb

# Where fiber_switch leaves the frame pointer and the return address, in bytes from `sp`.
SAVED = {"aarch64": (0, 8), "x86-64": (40, 48)}


def word_at(address):
    word = gdb.lookup_type("unsigned long")
    return int(gdb.Value(address).cast(word.pointer()).dereference())


def place(pc):
    """The function and the line of a call that returns to `pc`."""
    block = gdb.block_for_pc(pc - 1)
    while block and not block.function:
        block = block.superblock
    line = gdb.find_pc_line(pc - 1)
    return f"{block.function if block else hex(pc)} at {line.symtab}:{line.line}"


def frames(stack_pointer):
    name = gdb.selected_inferior().architecture().name()
    frame_at, return_at = SAVED["aarch64" if name.startswith("aarch64") else "x86-64"]
    frame, pc = word_at(stack_pointer + frame_at), word_at(stack_pointer + return_at)
    while pc:
        yield place(pc)
        if not frame:
            return
        frame, pc = word_at(frame), word_at(frame + 8)


def linked(first, next_field):
    while int(first):
        yield first
        first = first[next_field]


class Fibers(gdb.Command):
    """List every waiting fiber of every loop, innermost call first."""

    def __init__(self):
        super().__init__("fibers", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        homes = gdb.parse_and_eval("'fiber.c'::fiber_homes")
        for index, home in enumerate(linked(homes, "next")):
            print(f"loop {index}: {int(home['running'])} fibers")
            for fiber in linked(home["newest"], "older"):
                if not fiber["is_over"] and int(fiber) != int(home["current"]):
                    self.show(fiber)

    @staticmethod
    def show(fiber):
        print(f"  fiber {int(fiber):#x} {fiber['state']}")
        for line in frames(int(fiber["sp"])):
            print(f"    {line}")


Fibers()
