#include "search/tenant_waits.h"

#include "base/clock.h"
#include "base/test.h"

static const uint64_t minute = 60 * SECOND_US;

static void who_waits_is_tried_again_later_each_time(void)
{
    struct tenant_waits waits = {0};
    uint64_t now = 5, pause = minute;
    EXPECT(tenant_waits_is_due(&waits, 7, now) && !tenant_waits_has_due(&waits, now));
    for (int i = 0; i < 10; i++) {
        tenant_waits_add(&waits, 7, now);
        EXPECT(!tenant_waits_is_due(&waits, 7, now + pause - 1));
        EXPECT(!tenant_waits_has_due(&waits, now + pause - 1));
        EXPECT(tenant_waits_is_due(&waits, 7, now + pause));
        EXPECT(tenant_waits_has_due(&waits, now + pause));
        now += pause;
        pause = 2 * pause < 15 * minute ? 2 * pause : 15 * minute;
    }
    tenant_waits_reset(&waits);
    EXPECT(waits.first == NULL);
}

static void one_tenants_wait_is_not_anothers(void)
{
    struct tenant_waits waits = {0};
    tenant_waits_add(&waits, 7, 0);
    tenant_waits_add(&waits, 8, 2 * minute);
    EXPECT(tenant_waits_is_due(&waits, 7, minute) && !tenant_waits_is_due(&waits, 8, minute));
    EXPECT(tenant_waits_is_due(&waits, 9, 0));
    tenant_waits_remove(&waits, 7);
    tenant_waits_remove(&waits, 9);
    EXPECT(!tenant_waits_has_due(&waits, minute) && tenant_waits_has_due(&waits, 3 * minute));
    tenant_waits_add(&waits, 7, 0); /* it begins with a minute again */
    EXPECT(tenant_waits_is_due(&waits, 7, minute));
    tenant_waits_reset(&waits);
}

int main(void)
{
    RUN(who_waits_is_tried_again_later_each_time);
    RUN(one_tenants_wait_is_not_anothers);
    return 0;
}
