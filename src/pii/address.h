/* address.h - how far a postal address goes to either side of a piece of it that is sure.
 *
 * What is sure is a street with its number, a flat ("Apt. 5"), a box. Before it may stand a house
 * number and the street, after it flats, towns, regions, postcodes and countries, on one line or
 * several. Each piece is read once and their number is bounded, so that time is too. */
#pragma once

#include "base/str.h"

/* Widens `begin` and `end`; false: the piece alone is no address, as in "Suite 5 is noisy". */
bool address_grow(str text, size_t *begin, size_t *end);
