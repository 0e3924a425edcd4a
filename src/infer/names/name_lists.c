/* Words that are something else than they look. What is a brand or a place as well as a name is
 * here when in feedback it is more often that. */
#include "infer/names/name_lexicon.h"
#include "infer/names/name_tagger.h"

const char name_cue_words[] = "name named names called thanks thank thx hi hey hello dear regards "
                              "cheers sincerely signed agent "
                              "cc ask asked spoke met this";

static const char *const words[] = {
    [KIND_TITLE] = "mr mrs ms miss dr prof mx sir madam madame mister doctor professor herr frau "
                   "señor señora monsieur",
    [KIND_DATE] = "january february march april june july august september october november "
                  "december jan feb apr jun jul aug sep sept oct nov dec monday tuesday wednesday "
                  "thursday friday saturday sunday mon tue wed thu fri sat sun christmas easter "
                  "halloween thanksgiving ramadan diwali",
    [KIND_PLACE] =
        "london berlin munich hamburg frankfurt madrid barcelona rome milan vienna zurich "
        "geneva amsterdam brussels dublin edinburgh glasgow manchester birmingham liverpool leeds "
        "moscow kiev kyiv warsaw prague budapest athens istanbul ankara dubai cairo lagos nairobi "
        "johannesburg delhi mumbai bangalore bengaluru chennai kolkata hyderabad karachi lahore "
        "dhaka beijing shanghai tokyo osaka seoul bangkok singapore manila jakarta hanoi sydney "
        "melbourne brisbane perth auckland toronto vancouver montreal ottawa calgary chicago "
        "boston "
        "seattle denver dallas houston miami atlanta phoenix detroit philadelphia orlando vegas "
        "angeles francisco diego york texas california florida ohio michigan oregon arizona nevada "
        "colorado utah alaska hawaii kansas iowa missouri illinois indiana kentucky tennessee "
        "alabama mississippi louisiana arkansas oklahoma nebraska minnesota wisconsin maryland "
        "delaware pennsylvania massachusetts connecticut vermont maine america england scotland "
        "wales ireland britain uk usa germany france spain italy portugal greece poland sweden "
        "norway denmark finland russia ukraine turkey egypt nigeria kenya ghana india pakistan "
        "bangladesh nepal china japan korea thailand vietnam philippines indonesia malaysia "
        "australia zealand canada mexico brazil argentina colombia peru venezuela cuba europe asia "
        "africa american english british french german spanish italian dutch irish scottish "
        "chinese japanese korean indian pakistani russian ukrainian iranian turkish mexican "
        "brazilian "
        "canadian australian african european asian arabic hindi urdu iran iraq israel brooklyn "
        "manhattan queens bronx hollywood paris washington",
    [KIND_BRAND] =
        "apple google microsoft samsung amazon netflix facebook instagram twitter whatsapp "
        "snapchat "
        "tiktok youtube spotify pandora uber lyft airbnb paypal venmo zelle stripe visa mastercard "
        "amex skype zoom slack discord telegram viber wechat signal messenger gmail outlook "
        "hotmail "
        "yahoo bing chrome firefox safari opera edge android ios iphone ipad ipod mac macbook imac "
        "windows linux ubuntu office word excel powerpoint onenote onedrive dropbox icloud drive "
        "evernote trello asana jira github gitlab notion figma adobe photoshop acrobat kindle "
        "alexa "
        "echo siri cortana bixby fitbit garmin nexus pixel galaxy huawei xiaomi oneplus oppo vivo "
        "realme nokia motorola moto lenovo dell hp asus acer lg sony htc philips panasonic bose "
        "canon nikon playstation xbox nintendo switch wii steam roku chromecast hulu disney hbo "
        "prime walmart target costco ebay etsy ikea starbucks mcdonalds subway nike adidas fedex "
        "ups "
        "usps dhl verizon vodafone comcast xfinity sprint tmobile att chase citi barclays hsbc "
        "santander monzo revolut robinhood coinbase toyota honda ford tesla bmw audi bluetooth "
        "wifi "
        "java python oracle sap salesforce zendesk intercom shopify wordpress tinder bumble hinge "
        "duolingo waze maps calm headspace reddit pinterest linkedin tumblr twitch vimeo "
        "soundcloud "
        "shazam deezer tidal flickr picasa dolphin minecraft roblox fortnite pokemon mario zelda "
        "sims candy crush clash clans cydia norton mcafee avast linksys netgear belkin cisco intel "
        "amd nvidia sandisk seagate logitech creative zen iriver archos apex hitachi sandy katrina "
        "eddie bauer calvin klein wells fargo johnson's denny's wendy's macy's kohl's",
    [KIND_PARTICLE] =
        "van von de der den di da la del el bin ibn al ten ter du dos das della dello "
        "le y e zu af av",
    [KIND_SUFFIX] = "jr sr ii iii phd md esq dds dvm",
    [KIND_ORDINARY] =
        "my so love in an many ok see long to on no be you said good nice na star man ha "
        "mi song page line new best great super cool awesome app update soo or ever see see "
        "so as at do has he her his how if is it its may me not of our out she than that the "
        "they this too up was we what when who why yes your candy mast supper hy major "
        "meine bitte danke hallo daten konto das die der ich wir nicht voilà bonjour merci je "
        "hola gracias pero",
};

const char *name_words_of_kind(enum name_kind kind)
{
    return kind < sizeof words / sizeof *words ? words[kind] : NULL;
}
