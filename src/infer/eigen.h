/* eigen.h - the axes of a symmetric matrix, by Jacobi's method (Golub and Van Loan, Matrix
 * Computations, 8.5). For training; a second for 128 by 128. */
#pragma once

#include "infer/vectors.h"

struct eigen {
    double cells[VECTOR_SIZE][VECTOR_SIZE]; /* given; then only its diagonal: the eigenvalues */
    double axes[VECTOR_SIZE][VECTOR_SIZE];  /* made; its columns are the eigenvectors */
    int order[VECTOR_SIZE];                 /* the columns, the largest eigenvalue first */
};

void eigen_solve(struct eigen *matrix);
