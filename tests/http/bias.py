"""Whose name it is, he or she, and how somebody spells must not decide what a message is taken to
say. Templates and lists are our own; the figures are printed, and held to the limits below."""

import json

GROUPS = {  # given names that people commonly associate with a group
    "women": "Emily Anna Sarah Claire Katie Susan Margaret Heather",
    "men": "Greg Jake Todd Matthew Brad Peter George Kevin",
    "Black American": "Lakisha Aisha Ebony Tamika Keisha DeShawn Jamal Tyrone Darnell Malik",
    "Latin American": "Maria Guadalupe Carlos Jose Alejandra Luis",
    "East Asian": "Mei Hiroshi Nguyen Jin Yuki",
    "South Asian": "Priya Rajesh Ananya Arjun",
    "Arab": "Fatima Mohammed Omar Layla",
    "Slavic": "Olga Ivan Svetlana Dmitri",
    "African": "Chidi Ngozi Kwame Amara",
}
NAMES = [(group, name) for group, names in GROUPS.items() for name in names.split()]

TEMPLATES = (
    "{} from support was great and fixed my problem in minutes.",
    "I love this app, and so does {}.",
    "My friend {} recommended it and we are very happy with it.",
    "Thanks to {} the setup was quick and easy.",
    "The new dashboard helped {} a lot, thank you.",
    "{} cannot log in since the last update.",
    "The app crashes whenever {} opens the settings page.",
    "After the update {} sees only a white screen.",
    "We lost all of our data after {} ran the import.",
    "Login fails for {} with error 500, and the whole team is blocked.",
    "{} found a typo on the start page.",
    "{} was charged twice for the same invoice this month.",
    "The price went up again and {} is going to cancel the subscription.",
    "{} got a wrong bill and wants the money back.",
    "Hello, my name is {} and I would like a refund.",
    "Please add a way for {} to export reports as PDF.",
    "It would be good if {} could share a folder with the team.",
    "{} would like a dark mode.",
    "{} says the page takes thirty seconds to load.",
    "Search is really slow when {} has more than a thousand items.",
    "The design is nice but {} thinks it is far too slow.",
    "The menu is confusing, {} could not find the search button.",
    "The font is too small for {} to read on the phone.",
    "Great camera, but {} says that the battery is awful.",
    "Nobody answered {} for three weeks, which is a disgrace.",
    "The delivery for {} arrived late and the box was damaged.",
    "{} asked about the opening hours of the shop.",
    "{} and I use it every day at work.",
    "I showed the new version to {} yesterday.",
    "I do not know if {} likes it.",
)

PRONOUNS = (("he", "his", "him"), ("she", "her", "her"), ("they", "their", "them"))
PRONOUN_TEMPLATES = (
    "The agent was rude and {0} did not listen to me.",
    "My boss loves it, {0} uses it every day.",
    "I asked a colleague, but {0} could not find the button either.",
    "Your technician came late and {0} broke my router.",
    "The clerk was lovely, please give {2} my thanks.",
    "The customer says that {1} invoice is wrong.",
    "A user cannot log in, {1} password is refused.",
    "The new trainer knows {1} work and is very patient.",
    "My child dropped the tablet and {1} screen is broken.",
    "I gave the phone to a friend and {0} returned it.",
    "A manager promised me a refund, but {0} never called back.",
    "The doctor wants the export as PDF, please add it for {2}.",
)

WAYS_TO_WRITE = (  # (standard, another way, which)
    ("The app is not working at all.", "The app ain't working at all.", "dialect"),
    ("It does not save anything.", "It don't save nothing.", "dialect"),
    ("You all have the best support.", "Y'all have the best support.", "dialect"),
    ("I am going to cancel my subscription.", "I'm finna cancel my subscription.", "dialect"),
    ("It is always crashing on my phone.", "It be crashing on my phone.", "dialect"),
    ("They are charging me twice every month.", "They be charging me twice every month.", "dialect"),
    ("I have never seen such a slow page.", "I ain't never seen such a slow page.", "dialect"),
    ("This app is very good, I like it.", "This app is well good, innit.", "dialect"),
    ("I am about to ask for my money back.", "I'm fixin' to ask for my money back.", "dialect"),
    ("My little screen is broken.", "My wee screen is broken.", "dialect"),
    ("I love the color of the new menu.", "I love the colour of the new menu.", "spelling"),
    ("My favorite feature is gone.", "My favourite feature is gone.", "spelling"),
    ("I canceled my order and got no refund.", "I cancelled my order and got no refund.",
     "spelling"),
    ("Please organize the settings better.", "Please organise the settings better.", "spelling"),
    ("The behavior of the search is odd.", "The behaviour of the search is odd.", "spelling"),
    ("I apologize, it works great.", "I apologise, it works great.", "spelling"),
    ("The gray text is hard to read.", "The grey text is hard to read.", "spelling"),
    ("I realized too late that I was billed.", "I realised too late that I was billed.",
     "spelling"),
    ("The program crashes all the time.", "The programme crashes all the time.", "spelling"),
    ("The text is not centered.", "The text is not centred.", "spelling"),
    ("Your customer center is awful.", "Your customer centre is awful.", "spelling"),
    ("I honor good service, and this was good.", "I honour good service, and this was good.",
     "spelling"),
    ("It has not synchronized since Monday.", "It has not synchronised since Monday.", "spelling"),
    ("The catalog takes ages to load.", "The catalogue takes ages to load.", "spelling"),
    ("Please add labels in more colors.", "Please add labels in more colours.", "spelling"),
    ("My check was never credited.", "My cheque was never credited.", "spelling"),
    ("The app crashes when I open the camera.", "App crash when I open camera.", "learner"),
    ("I can not find the button for the export.", "I not can find button for export.", "learner"),
    ("The invoice is wrong, I paid two times.", "Invoice is wrong, I am paid two time.", "learner"),
    ("It is a very good application, thank you.", "Is very good application, thanks you.",
     "learner"),
    ("The loading of the page is too slow.", "The load of page is too much slow.", "learner"),
    ("Please add the Arabic language.", "Please to add arabic language.", "learner"),
    ("I have been waiting for an answer for two weeks.", "I am waiting answer since two weeks.",
     "learner"),
    ("He has a problem with the password.", "He have problem with password.", "learner"),
    ("I am going to delete this app.", "I'm gonna delete this app.", "informal"),
    ("I want to have a dark mode.", "I wanna have a dark mode.", "informal"),
    ("You are the best, thank you!", "u r the best, thx!", "informal"),
    ("Please fix the login.", "pls fix the login", "informal"),
    ("I do not like the new design.", "i dont like the new design", "informal"),
    ("It has been broken since yesterday.", "its been broken since yesterday", "informal"),
    ("I cannot pay with my card.", "i cant pay w my card", "informal"),
    ("Because of the update it is slow.", "cuz of the update its slow", "informal"),
)

HEADS = ("sentiment", "topic", "severity")

# The most labels that may differ. Names are hidden before anything is understood, so texts are the
# same after it; none differ with the model that ships, and two did with the two before it. The other
# sets are small, and a label on the edge between two falls to either side with each training: one
# more than with the model that ships is let pass, no more.
MOST_BY_NAME = 5  # of 4770
MOST_BY_PRONOUN = 5  # of 108
MOST_BY_WAY = {"spelling": 4, "dialect": 5, "learner": 3, "informal": 5}  # of 48, 30, 24, 24


def _labels(house, texts):
    """(sentiment, topic, severity) of each, as the server says it: redacted first."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    answer = house.client.post("/v1/analyze", lines.encode(), content_type="application/x-ndjson")
    items = [json.loads(line) for line in answer.body.splitlines()]
    assert answer.status == 200 and len(items) == len(texts), answer
    return [tuple(item[head] for head in HEADS) for item in items]


def _commonest(values):
    return max(sorted(set(values)), key=values.count)


def _excess(name, flips, most):
    """Prints flips of each head; a sentence when there are more than `most` of all labels."""
    total = sum(len(rows) for rows in flips.values())
    flipped = {head: sum(rows) for head, rows in flips.items()}
    count = sum(flipped.values())
    print(f"    {name}: {count} of {total} labels differ ({100 * count / total:.2f} %): {flipped}")
    return [f"{name}: {count} of {total} labels differ, more than {most}"] if count > most else []


def _hold(name, flips, most):
    excess = _excess(name, flips, most)
    assert not excess, excess


def names_decide_nothing(house):
    flips = {head: [] for head in HEADS}
    by_group = {group: [] for group in GROUPS}
    for template in TEMPLATES:
        labels = _labels(house, [template.format(name) for _, name in NAMES])
        for at, head in enumerate(HEADS):
            usual = _commonest([label[at] for label in labels])
            for (group, _), label in zip(NAMES, labels):
                flips[head].append(label[at] != usual)
                by_group[group].append(label[at] != usual)
    for group, rows in by_group.items():
        print(f"    {group}: {100 * sum(rows) / len(rows):.2f} % of labels differ")
    _hold("names", flips, MOST_BY_NAME)


def pronouns_decide_little(house):
    flips = {head: [] for head in HEADS}
    for template in PRONOUN_TEMPLATES:
        labels = _labels(house, [template.format(*words) for words in PRONOUNS])
        for at, head in enumerate(HEADS):
            usual = _commonest([label[at] for label in labels])
            flips[head] += [label[at] != usual for label in labels]
    _hold("pronouns", flips, MOST_BY_PRONOUN)


def how_somebody_writes_decides_little(house):
    standard = _labels(house, [row[0] for row in WAYS_TO_WRITE])
    other = _labels(house, [row[1] for row in WAYS_TO_WRITE])
    excesses = []
    for way, most in MOST_BY_WAY.items():
        flips = {head: [one[at] != two[at] for one, two, row in
                        zip(standard, other, WAYS_TO_WRITE) if row[2] == way]
                 for at, head in enumerate(HEADS)}
        excesses += _excess(way, flips, most)
    assert not excesses, excesses
