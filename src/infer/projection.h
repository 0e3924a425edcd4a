/* projection.h - vectors of any length brought to the length that ours have.
 *
 * Longer ones are projected to VECTOR_SIZE directions of random signs, which keeps the angles
 * between them nearly as they were (Johnson and Lindenstrauss, "Extensions of Lipschitz mappings
 * into a Hilbert space", 1984; with signs alone: Achlioptas, "Database-friendly random
 * projections", 2003): a cosine is off by about 1/sqrt(VECTOR_SIZE), 0.09, at most. The signs are
 * drawn by a seed of their own, the same for ever. Shorter ones lose nothing. All become one long.
 * Any thread; the same bytes everywhere. */
#pragma once

#include "infer/vectors.h"

/* False: there is no direction in it, and `vector` is all 0. */
bool projection_make(const float *values, size_t dimensions, struct vector *vector);
