/* name_frames.h - sentences with gaps, to be filled with names and with what is like them.
 *
 * %N a full name, %F a first name, %S a surname, %A any form of name; %B a brand, %P a place, %D a
 * month or day, %T a title, %W a word that is common, with a capital. */
#pragma once

#include <stddef.h>

extern const char *const name_frames[];
extern const size_t name_frame_count;

extern const char *const name_decoys[]; /* the same places with something else in them */
extern const size_t name_decoy_count;
