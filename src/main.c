/* main.c - hark: finds the command and runs it. */
#include "command/command.h"

int main(int count, char **arguments)
{
    return (int)command_main((const char *const *)arguments + (count > 0));
}
