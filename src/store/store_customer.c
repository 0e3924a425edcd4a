#include "store/store_customer.h"

static bool is_id_alone(const struct customer *customer)
{
    return str_is_absent(customer->name) && str_is_absent(customer->email) &&
           str_is_absent(customer->plan) && str_is_absent(customer->attributes) &&
           !customer->is_vip;
}

static enum status put_id(struct db_session *session, const struct feedback *item,
                          struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO customers (tenant_id, external_id, created_at, updated_at)"
                            " VALUES ($1, $2, $3, $4)"
                            " ON CONFLICT (tenant_id, external_id) DO NOTHING");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_text(s, 2, item->customer.external_id);
    db_bind_integer(s, 3, item->received_at);
    db_bind_integer(s, 4, item->received_at);
    return db_run(s, NULL, err);
}

enum status store_put_customer(struct db_session *session, const struct feedback *item,
                               struct error *err)
{
    const struct customer *customer = &item->customer;
    if (str_is_absent(customer->external_id))
        return STATUS_OK;
    if (is_id_alone(customer))
        return put_id(session, item, err);
    struct db_statement *s = db_prepare(
        session,
        "INSERT INTO customers"
        " (tenant_id, external_id, name, email, plan, is_vip, attributes, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (tenant_id, external_id) DO UPDATE SET"
        " name = COALESCE(excluded.name, customers.name),"
        " email = COALESCE(excluded.email, customers.email),"
        " plan = COALESCE(excluded.plan, customers.plan),"
        " is_vip = CASE WHEN excluded.is_vip = 1 THEN 1 ELSE customers.is_vip END,"
        " attributes = COALESCE(excluded.attributes, customers.attributes),"
        " updated_at = excluded.updated_at");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_text(s, 2, customer->external_id);
    db_bind_text(s, 3, customer->name);
    db_bind_text(s, 4, customer->email);
    db_bind_text(s, 5, customer->plan);
    db_bind_integer(s, 6, customer->is_vip);
    db_bind_text(s, 7, customer->attributes);
    db_bind_integer(s, 8, item->received_at);
    db_bind_integer(s, 9, item->received_at);
    return db_run(s, NULL, err);
}
