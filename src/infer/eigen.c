#include "infer/eigen.h"

#include <math.h>
#include <string.h>

enum {
    SWEEPS = 12
};

static void rotate(double (*cells)[VECTOR_SIZE], int p, int q, double c, double s, bool is_row)
{
    for (int k = 0; k < VECTOR_SIZE; k++) {
        double *x = is_row ? &cells[p][k] : &cells[k][p];
        double *y = is_row ? &cells[q][k] : &cells[k][q];
        double old = *x;
        *x = c * old - s * *y;
        *y = s * old + c * *y;
    }
}

static void order_axes(struct eigen *matrix)
{
    for (int i = 0; i < VECTOR_SIZE; i++) {
        int at = i;
        for (; at > 0; at--) {
            int before = matrix->order[at - 1];
            if (matrix->cells[before][before] >= matrix->cells[i][i])
                break;
            matrix->order[at] = before;
        }
        matrix->order[at] = i;
    }
}

void eigen_solve(struct eigen *matrix)
{
    memset(matrix->axes, 0, sizeof matrix->axes);
    for (int i = 0; i < VECTOR_SIZE; i++)
        matrix->axes[i][i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int p = 0; p < VECTOR_SIZE; p++)
            for (int q = p + 1; q < VECTOR_SIZE; q++) {
                double off = matrix->cells[p][q];
                if (fabs(off) < 1e-12)
                    continue;
                double tau = (matrix->cells[q][q] - matrix->cells[p][p]) / (2 * off);
                double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
                double c = 1 / sqrt(1 + t * t);
                rotate(matrix->cells, p, q, c, t * c, false);
                rotate(matrix->cells, p, q, c, t * c, true);
                rotate(matrix->axes, p, q, c, t * c, false);
            }
    order_axes(matrix);
}
