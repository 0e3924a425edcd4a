/* store_customer.h - who sends feedback. In a transaction. */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

/* Keeps the customer of a feedback, if it names one. What is newly said of a customer replaces what
 * was known; what is not said stays. */
enum status store_put_customer(struct db_session *session, const struct feedback *item,
                               struct error *err) MUST_CHECK;
