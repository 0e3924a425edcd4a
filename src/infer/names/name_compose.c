#include "infer/names/name_compose.h"

#include "base/buf.h"
#include "infer/corpus.h"
#include "infer/names/name_lexicon.h"
#include "infer/random.h"

#include <stdio.h>

/* %N a full name, %F a first name, %S a surname, %A any form of name; %B a brand, %P a place,
 * %D a month or day, %T a title, %W a word that is common, with a capital. */
static const char *const frames[] = {
    /* who helped, or did not */
    "%F from support was great.",
    "%F from the billing team helped me.",
    "%N from %B helped me.",
    "Thanks to %F for the quick help!",
    "Thanks to %N at %B.",
    "Thank you %F!",
    "Thank you, %F.",
    "Thanks %F",
    "Thanks %F, that worked.",
    "thanks to %F",
    "Special thanks to %F and %F.",
    "Big shout out to %F in customer service.",
    "Kudos to %F and %F!",
    "Kudos to %N.",
    "I spoke to %F on the phone.",
    "I spoke with %A about my refund.",
    "I talked to %N on %D.",
    "I was helped by %F.",
    "I was served by %A and she was lovely.",
    "My agent was %F.",
    "The agent, %F, was rude.",
    "The representative named %F hung up on me.",
    "Agent %F was rude.",
    "an agent named %F told me to reinstall",
    "a lady called %F",
    "a guy named %N answered",
    "%F was very helpful and patient.",
    "%F was rude and hung up.",
    "%F did a great job.",
    "%A never called me back.",
    "%F told me it would be fixed by %D.",
    "%F said that it works.",
    "%N promised a refund but nothing came.",
    "%F is amazing!",
    "%F and %F were wonderful.",
    "Ask for %F, she knows what she is doing.",
    "ask for %F",
    "Please ask for %N.",
    "Please have %F call me.",
    "Could %F get in touch with me?",
    "Can %N please contact me?",
    "I asked %F for help but he refused.",
    "I emailed %A twice.",
    "I wrote to %N last week.",
    "My account manager %N never answers.",
    "Your manager %F is a joke.",
    "Give %F a raise!",
    "Your driver %F was late.",
    "The driver, %N, left the parcel outside.",
    "Our waiter %F was nice.",
    "Dr. %S was kind.",
    "%T %S did not help.",
    "%T. %N answered my question.",
    "Met with %T %S.",
    "We met %F and %F there.",
    "I want to speak to %F again.",
    "Is %F still working there?",
    "Only %F could fix my problem.",
    "Please thank %F for me.",
    "Please tell %A that it works now.",
    "Hats off to %N!",
    "%F, thank you for everything!",
    "%F you are the best.",
    "Well done %F!",
    "%F at the front desk was unfriendly.",
    "%F in the %P store was great.",
    "%N in %P",
    "My case was handled by %N.",
    "Ticket was closed by %N without an answer.",
    "closed by %F",
    "%F helped me with the %B app.",
    "%F fixed my %B in minutes.",
    "Reported to %A on %D.",
    "The service from %F was terrible.",
    "Shame on %F!",
    "Where is %F?",
    "Who is %N?",
    "%N (support)",
    "%N, customer care",
    "support agent: %N",
    "Agent: %N",
    "Name: %N",
    "Customer: %N",
    "Contact: %N",
    "Reported by %N",
    "Author: %N",
    "Signed, %N",
    "From: %N",
    "To: %N",
    "cc %N",
    "cc: %N, %N",
    "CC %N",
    "Attn: %N",
    "c/o %N",
    "Bank statement for %N",
    "Passenger: %N",
    "Guest: %N",
    "booked under %N",
    "the booking is under %N",
    "in the name of %N",
    /* who writes */
    "Hi, this is %F.",
    "Hi, this is %N.",
    "this is %F",
    "Hello, my name is %N.",
    "my name is %A",
    "My name is %A and I am from %P.",
    "I am %N.",
    "I'm %F, a user since %D.",
    "%F here.",
    "%F here from %P.",
    "I, %N, want a refund.",
    "- %F",
    "- %N",
    "~ %F",
    "\n%F",
    "\n\n%N",
    "Regards,\n%N",
    "Best regards,\n%A",
    "Kind regards, %N",
    "Regards %F",
    "Thanks,\n%F",
    "Thanks, %F",
    "Thanks,\n%N",
    "Cheers, %F",
    "Cheers,\n%F",
    "Sincerely, %N",
    "Sincerely,\n%N",
    "Love, %F",
    "Yours truly, %N",
    "Best, %F",
    "Best,\n%N",
    "Greetings from %P, %F",
    "My partner's name is %N.",
    "The account is in my husband's name, %N.",
    "I live with %N.",
    "Call me %F.",
    "Everybody calls me %F.",
    "You can call me %F.",
    /* whom it is to */
    "Hi %F,",
    "Hi %F!",
    "Hello %F,",
    "Hello %F, I have a problem.",
    "Dear %F,",
    "Dear %N,",
    "Dear %T %S,",
    "Hey %F,",
    "Hey %F can you help?",
    "Hi %F, the app crashes.",
    "Good morning %F,",
    "@%F thanks",
    "%F, please fix this.",
    "%F: please call back",
    /* whom it is about */
    "My husband %F loves it.",
    "My wife %F uses it daily.",
    "My son %F broke it.",
    "My daughter %F plays it all day.",
    "My friend %F told me about it.",
    "my brother %N",
    "my sister %F and I",
    "my boss %N hates it",
    "our neighbour %N",
    "I bought it for %F.",
    "%F's phone does not work.",
    "%N's account is locked.",
    "I use %F's tablet.",
    "with %F and %F",
    "%F and I use it daily.",
    "It shows %F's photo instead of mine.",
    "%F can't log in.",
    "%N can't open the app.",
    "The password of %N was reset.",
    "I sent money to %N.",
    "A transfer to %N failed.",
    "Payment from %N did not arrive.",
    "It deleted %F's messages.",
    "He says his name is %A.",
    "Her name is %A.",
    "%F, %F and %F all have the same bug.",
    "Played by %N and %N.",
    "%N is my favorite actor.",
    "I love %N.",
    "a book by %N",
    "written by %N",
    "directed by %N",
    "music of %N",
    "the %S novel",
    "President %S",
    "%S said so.",
    "According to %N, it works.",
    "%N wrote about it.",
    "%N said it was fixed.",
    "I saw %N on TV.",
    "Was talking to %F yesterday",
    "I know %F will fix it.",
    "I think %N works there.",
    "It was %F who called.",
    "When %F answered, I was happy.",
    "Because %F helped, five stars.",
    "Then %F took over.",
    "but %F did not care",
    "so %F refunded me",
    "and %N agreed",
    "or %F",
    "Unfortunately %F was off.",
    "Today %F called.",
    "Meeting with %N on %D.",
    "Not %F again!",
};

/* The same places with something else in them. */
static const char *const decoys[] = {
    "Thanks %B!",
    "Thanks to %B for nothing.",
    "Thank you %B",
    "Hi %B,",
    "Hi %B team,",
    "Hello %B",
    "Dear %B,",
    "Dear %B team,",
    "Hey %B, fix this.",
    "%B was great.",
    "%B is amazing!",
    "%B from %B",
    "I called %B and waited.",
    "I bought it from %B.",
    "I switched to %B from %B.",
    "%B told me to reinstall.",
    "%B support was rude.",
    "%B Support",
    "Ask %B for a refund.",
    "I am from %P.",
    "I live in %P.",
    "In %P it never works.",
    "%P is beautiful.",
    "from %P",
    "%P and %P",
    "I went to %P in %D.",
    "Greetings from %P",
    "Cheers from %P",
    "Hi from %P!",
    "Since %D it crashes.",
    "On %D it stopped.",
    "%D update broke it.",
    "By %D please.",
    "Thanks in advance",
    "Thanks Again",
    "Thanks Guys",
    "Thank You So Much",
    "Hi There,",
    "Hi Team,",
    "Dear Support,",
    "Dear Developers,",
    "Dear Sir or Madam,",
    "Dear Customer Service,",
    "Hello All",
    "Hello Everyone,",
    "Regards,\nThe Team",
    "Best Regards",
    "Kind Regards",
    "Regards,\nA customer",
    "Cheers!",
    "Cheers,\nThe %B Team",
    "This is Great",
    "This is %B.",
    "my name is not shown",
    "My %B will not sync with %B.",
    "Works with %B and %B.",
    "%B Prime",
    "%B Pro",
    "%B Music",
    "%W App",
    "%W %W",
    "%W %W %W",
    "Very %W %W",
    "%W Game",
    "The %W",
    "Best %W Ever",
    "Good %W",
    "%W works.",
    "%W was rude.",
    "%W, please fix.",
    "Thanks %W",
    "%W and %W",
    "the %W button",
    "Click on %W.",
    "Go to Settings, then %W.",
    "Settings > %W > %W",
    "the %W %W screen",
    "The %W tab and the %W tab",
    "%W Mode",
    "\"%W %W\" does not open",
    "Error: %W %W",
    "Customer Support",
    "Customer Service was great.",
    "Tech Support told me to wait.",
    "Will this ever be fixed?",
    "Will you add it?",
    "May I have a refund?",
    "Mark as read is broken.",
    "Mark my words.",
    "Chase bank app",
    "Chase declined my card.",
    "Grace period is too short.",
    "Rose gold case",
    "Art is great.",
    "Bill pay does not work.",
    "Bill was too high.",
    "Bug %D",
    "Hope it gets fixed.",
    "Faith in you is lost.",
    "Joy to use.",
    "Guy at the store was rude.",
    "Max volume is low.",
    "Max 5 items.",
    "Rob the bank",
    "Sue them all",
    "Pat on the back",
    "Drew a line",
    "Frank opinion: bad.",
    "Josh around",
    "Christian songs",
    "Christian music app",
    "Jack of all trades",
    "Jack does not fit.",
    "Angel investors",
    "Dawn of the dead",
    "Summer is here.",
    "Autumn leaves",
    "Crystal clear",
    "Ruby on Rails",
    "Pearl white",
    "Amber alerts",
    "Amber Alert is too loud.",
    "Victoria Station",
    "Paris Metro",
    "Jordan is a country.",
    "Virginia and Georgia",
    "Georgia",
    "Alexa, play music.",
    "Alexa does not answer.",
    "Siri never gets it.",
    "Cortana is useless.",
    "Ask Alexa.",
    "Hey Siri",
    "Hey Google",
    "Ok Google",
    "OK Google",
    "I love Pandora.",
    "Sandy beach",
    "Carol singing",
    "Dean of the school",
    "Earl grey",
    "Duke of %P",
    "King size bed",
    "Queen size",
    "Bishop moves wrong",
    "Page does not load.",
    "Pages do not load.",
    "Price is high.",
    "Price went up.",
    "Banks decline it.",
    "Fields are missing.",
    "Field is missing.",
    "Case closed.",
    "Love it!",
    "Love this App",
    "Love the new design",
    "Long time user",
    "Young people",
    "Rich features",
    "Free trial",
    "Cook book",
    "Baker street",
    "Park here",
    "Wood table",
    "Stone age",
    "Hall of fame",
    "Day one",
    "Star rating",
    "Gold member",
    "Silver plan",
    "Black screen",
    "Brown box",
    "White screen",
    "Green button",
    "Gray text",
    "Short version",
    "Sharp picture",
    "Swift delivery",
    "Noble idea",
    "Major bug",
    "Minor issue",
    "Best app",
    "Great App",
    "Nice One",
    "Super App",
    "Cool",
    "Awesome App",
    "Excellent",
    "Terrible App",
    "Horrible",
    "Worst",
    "Bravo!",
    "Wow",
    "Lol",
    "Omg",
    "Pls fix",
    "Plz fix it",
    "Uninstalled",
    "Uninstalling",
    "Crap",
    "Garbage",
    "Meh",
    "Ugh",
    "Yay",
    "Sorry",
};

enum {
    FRAMES = sizeof frames / sizeof *frames,
    DECOYS = sizeof decoys / sizeof *decoys,
    HELD_OUT_ONE_IN = 10,
    TEXT_ROOM = 2048,
    MARK_ROOM = 8,
    LONGEST_AROUND = 300,
    INSERTED_PERCENT = 25
};

bool name_is_held_out(str name)
{
    return corpus_key(name) % HELD_OUT_ONE_IN == 7;
}

static enum status read_list(struct name_list *list, struct arena *arena, const char *folder,
                             const char *file, struct error *err)
{
    str rest, line;
    enum status status =
        corpus_read(arena, str_format(arena, "%s/names/%s.txt", folder, file).bytes, &rest, err);
    if (status != STATUS_OK)
        return status;
    size_t room = 0;
    for (size_t i = 0; i < rest.length; i++)
        room += rest.bytes[i] == '\n';
    str *grown = arena_array(arena, str, list->count + room + 1);
    for (size_t i = 0; i < list->count; i++)
        grown[i] = list->names[i];
    list->names = grown;
    while (rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (line.length > 1 && str_find(line, ' ') == STR_NONE)
            list->names[list->count++] = line;
    }
    return STATUS_OK;
}

/* With capitals: the first letter, and one after '-'. */
static str with_capitals(struct arena *arena, str word)
{
    char *out = arena_alloc_raw(arena, word.length);
    bool is_begin = true;
    for (size_t i = 0; i < word.length; i++) {
        char c = word.bytes[i];
        bool is_small = c >= 'a' && c <= 'z';
        out[i] = is_begin && is_small ? (char)(c - 'a' + 'A') : c;
        is_begin = c == '-';
    }
    if (word.length > 1 && (unsigned char)out[0] == 0xC3 && (unsigned char)out[1] >= 0xA0)
        out[1] = (char)(out[1] - 0x20);
    return (str){out, word.length};
}

static void add_row(struct name_list *list, struct arena *arena, const char *row)
{
    size_t room = 1;
    for (const char *c = row; *c != '\0'; c++)
        room += *c == ' ';
    list->names = arena_array(arena, str, room);
    for (str word, rest = str_from_z(row); rest.length > 0;) {
        str_cut(rest, ' ', &word, &rest);
        list->names[list->count++] = with_capitals(arena, word);
    }
}

enum status name_lists_read(struct name_lists *lists, struct arena *arena, const char *folder,
                            struct error *err)
{
    const struct {
        struct name_list *list;
        const char *file;
    } files[] = {
        {&lists->firsts[FIRSTS_OF_WOMEN], "us_census1990_first_female"},
        {&lists->firsts[FIRSTS_OF_MEN], "us_census1990_first_male"},
        {&lists->firsts[FIRSTS_LISTED], "kantrowitz_first_female"},
        {&lists->firsts[FIRSTS_LISTED], "kantrowitz_first_male"},
        {&lists->firsts[FIRSTS_LISTED], "smashew_first_all"},
        {&lists->lasts[LASTS_OF_CENSUS], "us_surnames_rossgoodwin"},
        {&lists->lasts[LASTS_LISTED], "smashew_surnames_all"},
    };
    enum status status = STATUS_OK;
    *lists = (struct name_lists){0};
    for (size_t i = 0; i < sizeof files / sizeof *files && status == STATUS_OK; i++)
        status = read_list(files[i].list, arena, folder, files[i].file, err);
    for (int row = 0; row < NAME_WORLD_ROWS; row++) {
        add_row(&lists->firsts[FIRSTS_OF_WORLD + row], arena, name_world_firsts[row]);
        add_row(&lists->lasts[LASTS_OF_WORLD + row], arena, name_world_lasts[row]);
    }
    return status;
}

struct composer {
    const struct name_lists *lists;
    uint64_t random;
    struct buf out;
    struct name_mark marks[MARK_ROOM];
    size_t mark_count;
    bool is_lower; /* this text has names in small letters */
};

static size_t pick(struct composer *composer, size_t count)
{
    return (size_t)(random_next(&composer->random) >> 33) % count;
}

static bool happens(struct composer *composer, unsigned percent)
{
    return pick(composer, 100) < percent;
}

/* From a list by how common it is: the cube of evenly spread numbers leans to the front. */
static str pick_name(struct composer *composer, const struct name_list *list, bool by_rank)
{
    str name;
    do {
        double share = (double)pick(composer, 1 << 20) / (1 << 20);
        size_t at = (size_t)((by_rank ? share * share * share : share) * (double)list->count);
        name = list->names[at];
    } while (name_is_held_out(name));
    return name;
}

static void add_word(struct composer *composer, str word)
{
    if (!composer->is_lower) {
        buf_add(&composer->out, word);
        return;
    }
    char *out = buf_reserve(&composer->out, word.length);
    if (out == NULL)
        return;
    for (size_t i = 0; i < word.length; i++)
        out[i] = word.bytes[i] >= 'A' && word.bytes[i] <= 'Z' ? (char)(word.bytes[i] | 32)
                                                              : word.bytes[i];
    composer->out.length += word.length;
}

static void add_first(struct composer *composer)
{
    size_t list = pick(composer, 2); /* women or men */
    if (happens(composer, 45))
        list = FIRSTS_LISTED + (happens(composer, 50) ? pick(composer, NAME_WORLD_ROWS + 1) : 0);
    add_word(composer, pick_name(composer, &composer->lists->firsts[list], list < FIRSTS_LISTED));
}

static void add_last(struct composer *composer)
{
    static const char *const particles[] = {"van ",   "de ", "von ", "van der ",
                                            "de la ", "al-", "Mc",   "O'"};
    size_t list = happens(composer, 40) ? LASTS_LISTED : LASTS_OF_CENSUS;
    if (happens(composer, 4))
        buf_add_z(&composer->out, particles[pick(composer, sizeof particles / sizeof *particles)]);
    add_word(composer, pick_name(composer, &composer->lists->lasts[list], list == LASTS_OF_CENSUS));
    if (happens(composer, 3)) {
        buf_add_byte(&composer->out, '-');
        add_word(composer, pick_name(composer, &composer->lists->lasts[LASTS_OF_CENSUS], true));
    }
}

/* Both from where the same people live. */
static void add_world(struct composer *composer)
{
    size_t row = pick(composer, NAME_WORLD_ROWS);
    str first = pick_name(composer, &composer->lists->firsts[FIRSTS_OF_WORLD + row], false);
    str last = pick_name(composer, &composer->lists->lasts[LASTS_OF_WORLD + row], false);
    bool is_turned = row == NAME_WORLD_SURNAME_FIRST && happens(composer, 60);
    add_word(composer, is_turned ? last : first);
    buf_add_byte(&composer->out, ' ');
    add_word(composer, is_turned ? first : last);
}

static void add_full(struct composer *composer)
{
    if (happens(composer, 25)) {
        add_world(composer);
        return;
    }
    add_first(composer);
    buf_add_byte(&composer->out, ' ');
    if (happens(composer, 8))
        buf_format(&composer->out, "%c%s ", (char)('A' + pick(composer, 26)),
                   happens(composer, 70) ? "." : "");
    if (happens(composer, 4))
        buf_format(&composer->out, "%c%s", (char)('A' + pick(composer, 26)),
                   happens(composer, 50) ? "" : ".");
    else
        add_last(composer);
}

static void add_name(struct composer *composer, char form)
{
    size_t begin = composer->out.length;
    if (form == 'A')
        form = "NFFN"[pick(composer, 4)];
    if (form == 'N')
        add_full(composer);
    else if (form == 'F')
        add_first(composer);
    else
        add_last(composer);
    size_t end = composer->out.length;
    if (composer->out.bytes[end - 1] == '.')
        end--; /* the stop after an initial at the end is no part of it */
    if (composer->mark_count < MARK_ROOM)
        composer->marks[composer->mark_count++] =
            (struct name_mark){(uint32_t)begin, (uint32_t)end};
}

/* The word at a random place of a list, with a capital. */
static void add_listed(struct composer *composer, const char *list)
{
    str text = str_from_z(list);
    size_t at = pick(composer, text.length);
    while (at > 0 && text.bytes[at - 1] != ' ')
        at--;
    str word, rest;
    str_cut(str_slice(text, at, text.length), ' ', &word, &rest);
    if (word.length == 0 || word.bytes[0] < 'a' || word.bytes[0] > 'z') {
        buf_add(&composer->out, word);
        return;
    }
    buf_add_byte(&composer->out, (char)(word.bytes[0] - 32));
    buf_add(&composer->out, str_slice(word, 1, word.length));
}

static const char *list_of(char slot)
{
    switch (slot) {
    case 'B':
        return name_words_of_kind(KIND_BRAND);
    case 'P':
        return name_words_of_kind(KIND_PLACE);
    case 'D':
        return name_words_of_kind(KIND_DATE);
    case 'T':
        return "mr mrs ms dr prof miss";
    default:
        return "settings account home profile music video photo backup update premium login store "
               "search help service support system screen mode family team game player library "
               "keyboard camera battery manager tracker editor reader cloud sync chat calls "
               "contacts "
               "calendar messages notification privacy security payment checkout wallet rewards "
               "points delivery shipping order refund subscription trial version beta pro lite "
               "plus "
               "gold free super smart easy quick good great nice love awesome amazing perfect best "
               "worst horrible terrible useless slow fast stable buggy crashes annoying happy long "
               "new old big small young rich strong bright sharp clean clear simple nice-looking";
    }
}

static void fill(struct composer *composer, const char *frame)
{
    for (; *frame != '\0'; frame++) {
        if (*frame != '%') {
            buf_add_byte(&composer->out, *frame);
            continue;
        }
        frame++;
        if (*frame == 'N' || *frame == 'F' || *frame == 'S' || *frame == 'A')
            add_name(composer, *frame);
        else
            add_listed(composer, list_of(*frame));
    }
}

static void add_around(struct composer *composer, const str *around, size_t count)
{
    str text = count > 0 ? around[pick(composer, count)] : (str){0};
    if (text.length <= LONGEST_AROUND)
        buf_add(&composer->out, text);
}

/* A full name between any two words of a sentence of `around`: not good English, but a name is one
 * whatever stands beside it. */
static void insert_name(struct composer *composer, str text)
{
    size_t at = pick(composer, text.length);
    while (at > 0 && text.bytes[at - 1] != ' ')
        at--;
    buf_add(&composer->out, str_slice(text, 0, at));
    add_name(composer, 'N');
    buf_add_byte(&composer->out, ' ');
    buf_add(&composer->out, str_slice(text, at, text.length));
}

static void compose_text(struct composer *composer, const str *around, size_t count)
{
    bool is_decoy = happens(composer, 35);
    if (happens(composer, 25)) {
        add_around(composer, around, count);
        buf_add_byte(&composer->out, happens(composer, 70) ? ' ' : '\n');
    }
    fill(composer, is_decoy ? decoys[pick(composer, DECOYS)] : frames[pick(composer, FRAMES)]);
    if (happens(composer, 35)) {
        buf_add_byte(&composer->out, ' ');
        add_around(composer, around, count);
    }
}

static void add_composed(struct name_corpus *corpus, const struct composer *composer)
{
    size_t count = composer->mark_count;
    struct name_text text = {.text = str_copy(&corpus->arena, buf_str(&composer->out)),
                             .marks = arena_array(&corpus->arena, struct name_mark, count + 1),
                             .mark_count = count,
                             .weight = 1};
    for (size_t i = 0; i < count; i++)
        text.marks[i] = composer->marks[i];
    if (!composer->out.overflowed)
        name_corpus_add(corpus, &text);
}

void name_compose_masked(struct name_corpus *corpus, const struct name_lists *lists, str text,
                         uint64_t seed)
{
    static const str mask = {"[NAME]", 6};
    struct composer composer = {.lists = lists, .random = seed * 2 + 1};
    for (int i = 0; i < 8; i++)
        (void)random_next(&composer.random); /* seeds that are near each other grow apart */
    composer.is_lower = happens(&composer, 12);
    buf_init(&composer.out, &corpus->arena, TEXT_ROOM);
    for (size_t at; (at = str_find_str(text, mask)) != STR_NONE;
         text = str_slice(text, at + mask.length, text.length)) {
        buf_add(&composer.out, str_slice(text, 0, at));
        if (composer.mark_count == MARK_ROOM)
            return;
        add_name(&composer, "FFFNSS"[pick(&composer, 6)]);
    }
    buf_add(&composer.out, text);
    add_composed(corpus, &composer);
}

void name_compose(struct name_corpus *corpus, const struct name_lists *lists, size_t count,
                  const str *around, size_t around_count)
{
    struct composer composer = {.lists = lists, .random = 20261120};
    for (size_t i = 0; i < count; i++) {
        composer.mark_count = 0;
        composer.is_lower = happens(&composer, 12);
        buf_init(&composer.out, &corpus->arena, TEXT_ROOM);
        str text_around = around_count > 0 ? around[pick(&composer, around_count)] : (str){0};
        if (text_around.length > 0 && text_around.length < LONGEST_AROUND &&
            happens(&composer, INSERTED_PERCENT)) {
            composer.is_lower = false;
            insert_name(&composer, text_around);
        } else {
            compose_text(&composer, around, around_count);
        }
        add_composed(corpus, &composer);
    }
}
