#include "base/test.h"
#include "fiber/gate.h"
#include "fiber/loop.h"
#include "work/work_kinds.h"

enum {
    DEADLINE_MS = 5,
    LATER_MS = 50
};

/* A document whose turn to be read does not come. */
static struct {
    struct gate full;
    struct work_services services;
    struct work_call call;
    struct fiber *fiber;
    enum status status;
    bool is_over;
} scene;

static void analyze(void *unused)
{
    struct error err;
    (void)unused;
    scene.fiber = fiber_self();
    scene.status = work_analyze(&scene.call, &err);
    scene.is_over = true;
}

/* As work's keeper does, which looks at deadlines when it comes to it. */
static void stop_it(void *unused)
{
    (void)unused;
    fiber_wait_until(fiber_now_ms() + LATER_MS);
    EXPECT(!scene.is_over);
    scene.call.must_stop = true;
    fiber_cancel(scene.fiber);
}

static void begin(void *unused)
{
    (void)unused;
    gate_init(&scene.full, 0);
    scene.services = (struct work_services){.thinking = &scene.full};
    scene.call = (struct work_call){.services = &scene.services,
                                    .deadline_ms = fiber_now_ms() + DEADLINE_MS};
    EXPECT(fiber_start(analyze, NULL));
    EXPECT(fiber_start(stop_it, NULL));
}

/* OK would finish its job, and nobody would ever read it. */
static void a_document_whose_turn_did_not_come_is_not_done(void)
{
    loop_run_alone(begin, NULL);
    EXPECT(scene.is_over && scene.status == STATUS_CANCELLED);
}

int main(void)
{
    RUN(a_document_whose_turn_did_not_come_is_not_done);
    return 0;
}
