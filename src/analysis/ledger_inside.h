/* ledger_inside.h - the ledger itself, for the files that are the ledger.
 *
 * The idea is escrow (O'Neil, "The Escrow Transactional Method", ACM TODS 1986): many calls draw
 * from a sum that one commit has set aside. ledger_hold.c has what is held, in memory;
 * ledger_open.c sets it aside; ledger_clerk.c writes behind the calls what has become of it;
 * ledger_threshold.c tells of budgets. The lock is never held across a wait or another lock. */
#pragma once

#include "analysis/ledger.h"
#include "base/map.h"
#include "store/store_spending.h"
#include "store/store_usage.h"

#include <pthread.h>
#include <stdatomic.h>

/* Money of a tenant's for some calls. It is for one month, and for the budgets it was made under.
 */
struct hold {
    struct hold *next;   /* of its account: the newest first */
    struct arena arena;  /* for the names in `row` */
    struct spending row; /* as it was made: `reserved_nano` is its size */
    struct budget budget;
    int64_t calls;                  /* that it was made for */
    int64_t since_us, until_us;     /* when calls may draw from it */
    int64_t drawn_at_us;            /* the last time */
    int64_t free_nano, free_calls;  /* not drawn */
    int64_t in_flight;              /* calls: drawn and not settled */
    int64_t taken_nano, spent_nano; /* settled or given back, and not yet written */
    struct hold *next_changed;
    bool is_changed;
};

/* What is held for a tenant, and how fast it is used. */
struct account {
    int64_t tenant_id;
    struct account *next;
    struct hold *holds;
    int64_t free_nano;     /* of all of them */
    int64_t used_nano;     /* of the month: spent, or reserved for calls that are on their way */
    int64_t calls_at_once; /* that the next hold is for */
    int64_t opened_at_us;
    bool is_opening;        /* somebody makes a hold for many calls */
    const struct hold *low; /* it is almost used up: the clerk is to make another like it */
};

/* Settled calls and changed holds, on their way into one transaction. */
struct batch {
    struct arena arena;
    struct spending *calls;
    size_t count, room;
};

struct ledger {
    struct ledger_options options;
    atomic_uint_least64_t drawn; /* of the sample */
    atomic_bool has_told_of_prices;

    pthread_mutex_t lock; /* for all below */
    struct arena arena;
    struct map accounts;
    struct account *first_account;
    int64_t free_nano, used_nano; /* as an account's: the server's month */
    int64_t hold_count;
    struct hold *changed;
    struct batch gathering;

    pthread_t clerk;
    pthread_cond_t to_do, done;
    bool has_clerk, is_stopping;
    bool has_low;             /* some account's hold is */
    uint64_t asked, answered; /* rounds that somebody waits for (ledger_flush) */
};

/* Thresholds that were crossed, to be logged once that is durable. */
struct told {
    int64_t tenant_id, percent, spent_nano, budget_nano; /* tenant 0: the server */
};
struct tellings {
    struct arena *arena;
    struct told *items;
    size_t count, room;
};

/* Tells of the thresholds that what is spent, and what was refused beside it, reaches: each once
 * for each budget of each month. In a transaction. */
enum status ledger_tell(struct db_session *session, struct tellings *tellings,
                        const struct usage_month *sums, int64_t budget_nano, int64_t refused_nano,
                        struct error *err) MUST_CHECK;
void ledger_log_told(const struct tellings *tellings); /* after it */

/* --- what is held. All of it under the lock --- */

int64_t ledger_amount(const struct spending *call); /* what is reserved for it, 0 without a price */
void ledger_copy_names(struct arena *arena, struct spending *call);
struct account *ledger_account(struct ledger *ledger, int64_t tenant_id);

/* A hold from which this call may be drawn now; NULL: none. */
struct hold *ledger_find_hold(struct ledger *ledger, struct account *account,
                              const struct budget *budget, int64_t amount, int64_t now_us);
void ledger_draw(struct ledger *ledger, struct account *account, struct hold *hold,
                 struct spending *call, int64_t now_us);
/* Notes what became of a call that was drawn. */
void ledger_put_back(struct ledger *ledger, const struct spending *call);

struct hold *ledger_add_hold(struct ledger *ledger, struct account *account,
                             const struct spending *row, const struct budget *budget,
                             int64_t calls);
/* What is free of it is given back, by the next batch. */
void ledger_retire(struct ledger *ledger, struct account *account, struct hold *hold);
void ledger_retire_all(struct ledger *ledger, int64_t tenant_id); /* USAGE_OF_SERVER: everybody's */
void ledger_retire_idle(struct ledger *ledger, int64_t now_us);

/* What was changed since the last time; what is over is forgotten. */
struct hold_change *ledger_take_changes(struct ledger *ledger, struct arena *arena, size_t *count);
/* Its row has gone, and with it what is free of it. */
void ledger_forfeit(struct ledger *ledger, const struct hold_change *change);
void ledger_forget_holds(struct ledger *ledger); /* at the end: what is in flight counts in full */

/* --- setting aside --- */

/* A hold for calls like this one, of which none is drawn yet. For `most_calls` if there is room
 * enough, and at least for one; `least_calls` above that: none is made where there is room for
 * fewer. */
struct opening {
    struct ledger *ledger;
    struct budget budget;
    struct spending row; /* as the call */
    int64_t most_calls, least_calls;
    int64_t calls; /* set; 0: none was made */
    struct spending made;
    enum budget_verdict verdict;
    struct usage_month tenant, server; /* as they were before it */
    struct tellings tellings;
};
enum status ledger_open_hold(struct db_session *session, struct opening *opening,
                             struct error *err) MUST_CHECK; /* in a transaction */
/* Afterwards, under the lock. NULL: none was made. */
struct hold *ledger_adopt(struct opening *opening, struct account *account);
/* For how many calls the account's next one is to be. Under the lock. */
int64_t ledger_next_size(struct account *account, int64_t now_us);

/* --- the clerk --- */

void ledger_wake_clerk(struct ledger *ledger);    /* under the lock; starts it if need be */
void ledger_dismiss_clerk(struct ledger *ledger); /* when all is written that can be */
