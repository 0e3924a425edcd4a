#include "base/test.h"
#include "pii/checks.h"

static bool holds(check_function *check, const char *text)
{
    str match = str_from_z(text);
    return check(match) == match.length;
}

static bool fails(check_function *check, const char *text)
{
    return check(str_from_z(text)) == 0;
}

static void cards_have_an_issuer_and_a_luhn_digit(void)
{
    static const char *const good[] = {
        "4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "2223003122003222",
        "378282246310005",  "6011111111111117",    "30569309025904",      "3530111333300000",
        "4222222222222",    "6200000000000005"};
    static const char *const bad[] = {"4111111111111112", "1111111111111117", "9999999999999995",
                                      "41111111111111",   "411111111111",     ""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        EXPECT(holds(check_card, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT(fails(check_card, bad[i]));
    EXPECT(check_card(STR("4111 1111 1111 1111 123")) == 19);
}

static void ibans_have_their_countrys_length(void)
{
    EXPECT(holds(check_iban, "GB29 NWBK 6016 1331 9268 19"));
    EXPECT(holds(check_iban, "de89370400440532013000") && holds(check_iban, "NO9386011117947"));
    EXPECT(holds(check_iban, "FR1420041010050500013M02606"));
    EXPECT(holds(check_iban, "MT84MALT011000012345MTLCAST001S"));
    EXPECT(fails(check_iban, "GB28 NWBK 6016 1331 9268 19") && fails(check_iban, "GB29NWBK6016"));
    EXPECT(fails(check_iban, "XX89370400440532013000"));
    EXPECT(fails(check_iban, "DE893704004405320130001"));
    EXPECT(check_iban(STR("NO93 8601 1117 947 and more")) == 18);
}

static void routing_numbers_weigh_out(void)
{
    EXPECT(holds(check_bank_routing, "021000021") && holds(check_bank_routing, "121000248"));
    EXPECT(fails(check_bank_routing, "021000022") && fails(check_bank_routing, "000000000"));
    EXPECT(fails(check_bank_routing, "991000021") && fails(check_bank_routing, "02100002"));
}

static void state_numbers_hold_their_digit(void)
{
    EXPECT(holds(check_aadhaar, "2345 6789 0124") && fails(check_aadhaar, "2345 6789 0123"));
    EXPECT(fails(check_aadhaar, "2345 6798 0124"));
    EXPECT(holds(check_nhs, "943 476 5919") && fails(check_nhs, "943 476 5918"));
    EXPECT(fails(check_nhs, "0000000000") && fails(check_nhs, "94347659"));
    EXPECT(holds(check_luhn, "046 454 286") && fails(check_luhn, "046 454 287"));
    EXPECT(fails(check_luhn, ""));
}

static void vehicles_and_banks_hold_theirs(void)
{
    EXPECT(holds(check_vin, "1HGCM82633A004352") && holds(check_vin, "1M8GDM9AXKP042788"));
    EXPECT(fails(check_vin, "1HGCM82633A004353") && fails(check_vin, "1HGCM82633A00435"));
    EXPECT(fails(check_vin, "IHGCM82633A004352"));
    EXPECT(holds(check_swift, "DEUTDEFF") && holds(check_swift, "DEUTDEFF500"));
    EXPECT(fails(check_swift, "DEUTXXFF") && fails(check_swift, "DEUTDEF"));
}

static void addresses_are_more_than_colons(void)
{
    EXPECT(holds(check_ipv6, "2001:db8::8a2e:370:7334") && holds(check_ipv6, "::1"));
    EXPECT(holds(check_ipv6, "fe80::1") && fails(check_ipv6, "a::b") && fails(check_ipv6, "::"));
    EXPECT(fails(check_ipv6, "12:30:45") && check_ipv6(STR("2001:db8::1:")) == 11);
    EXPECT(holds(check_ipv6, "::ffff:192.168.0.1") && fails(check_ipv6, "12345::678901"));
}

static void phones_have_enough_digits_and_are_no_dates(void)
{
    EXPECT(holds(check_phone, "+44 20 7946 0958") && holds(check_phone, "555-0199"));
    EXPECT(fails(check_phone, "12-34") && fails(check_phone, "+1234567890123456"));
    EXPECT(fails(check_phone, "01.02.2024 10") && fails(check_phone, "2024-01-02 1030"));
    EXPECT(holds(check_phone, "01 02 2024 10") && fails(check_plain_phone, "0000000000"));
    EXPECT(holds(check_phone, "(415) 555-2671 x12"));
}

static void secrets_do_not_read_like_words(void)
{
    EXPECT(holds(check_secret, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    EXPECT(fails(check_secret, "0123456789012345678901234567890123456789"));
    EXPECT(holds(check_password, "hunter2") && holds(check_password, "p@ss"));
    EXPECT(holds(check_password, "correctHorse") && fails(check_password, "not"));
    EXPECT(fails(check_password, "working!") && fails(check_password, "can't"));
    EXPECT(check_password(STR("hunter2.")) == 7 && check_url(STR("http://x.example/).")) == 17);
}

int main(void)
{
    RUN(cards_have_an_issuer_and_a_luhn_digit);
    RUN(ibans_have_their_countrys_length);
    RUN(routing_numbers_weigh_out);
    RUN(state_numbers_hold_their_digit);
    RUN(vehicles_and_banks_hold_theirs);
    RUN(addresses_are_more_than_colons);
    RUN(phones_have_enough_digits_and_are_no_dates);
    RUN(secrets_do_not_read_like_words);
    return 0;
}
