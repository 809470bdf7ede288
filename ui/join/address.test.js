import { describe, expect, it } from "vitest";
import { linkOf, readInvitation, withoutInvitation } from "./address.js";

const base64url = (text) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const TOKEN = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url('{"meetingId":"m","participantId":"p","exp":1800000000}')}.${"Ab-_9".repeat(8)}xyz`;
const PAGE = "https://join.example.org/dojo/";
const read = (address) => readInvitation(address).token;

/** A mail program that breaks lines: after so many characters it puts this. */
const wrapped = (text, by, every = 40) => text.match(new RegExp(`.{1,${every}}`, "g")).join(by);
/** The address as a browser has it: it takes line breaks out of what is pasted, and encodes the rest. */
const pasted = (text) => new URL(text).href;

describe("the token of an invitation", () => {
  it.each([
    ["as it was sent", `${PAGE}#token=${TOKEN}`],
    ["with more fields", `${PAGE}#token=${TOKEN}&opens=1800000000&recorded=1`],
    ["with the token behind other fields", `${PAGE}#opens=1800000000&token=${TOKEN}`],
    ["written in capitals", `${PAGE}#Token=${TOKEN}`],
    ["with %23 in the path", `${PAGE}%23token=${TOKEN}`],
    ["with %23 in the path, encoded once more", `${PAGE}%2523token%253D${TOKEN}`],
    ["with %23 in the query", `${PAGE}?%23token=${TOKEN}`],
    ["with %23 behind a gateway’s own query", `${PAGE}?utm_source=mail%23token=${TOKEN}`],
    ["as a query", `${PAGE}?token=${TOKEN}`],
    ["with %3D", `${PAGE}#token%3D${TOKEN}`],
    ["wholly encoded", `${PAGE}%23token%3D${TOKEN.replaceAll(".", "%2E")}`],
    ["with the =3D of a mail that was not decoded", `${PAGE}#token=3D${TOKEN}`],
    ["with a slash behind it", `${PAGE}%23token=${TOKEN}/`],
    ["followed by a gateway’s own fields", `${PAGE}#token=${TOKEN}&data=05%7C02&reserved=0`],
    ["followed by a gateway’s own query", `${PAGE}%23token=${TOKEN}?utm_source=mail`],
    ["with a full stop", `${PAGE}#token=${TOKEN}.`],
    ["with dots", `${PAGE}#token=${TOKEN}...`],
    ["with a bracket", `${PAGE}#token=${TOKEN}>`],
    ["with an encoded bracket", `${PAGE}#token=${TOKEN}%3E`],
    ["with a quotation mark", `${PAGE}#token=${TOKEN}%22`],
    ["with a typographic one", `${PAGE}#token=${TOKEN}%E2%80%9D`],
    ["with a comma and a word", `${PAGE}#token=${TOKEN},%20see%20you`],
    ["with zero-width spaces", `${PAGE}#token=${wrapped(TOKEN, "%E2%80%8B")}`],
    ["with soft hyphens", `${PAGE}#token=${wrapped(TOKEN, "\u00ad")}`],
    ["with spaces at the breaks", `${PAGE}#token=${wrapped(TOKEN, " ")}`],
    ["with %20 at the breaks", `${PAGE}#token=${wrapped(TOKEN, "%20")}`],
    ["with + at the breaks", `${PAGE}?token=${wrapped(TOKEN, "+")}`],
    ["with soft line breaks", `${PAGE}#token=${wrapped(TOKEN, "=\r\n")}`],
    ["with what a browser leaves of them", pasted(`${PAGE}#token=${wrapped(TOKEN, "=\r\n")}`)],
    ["with encoded line breaks", `${PAGE}#token=${wrapped(TOKEN, "%0D%0A")}`],
    ["with encoded soft line breaks", `${PAGE}%23token=${wrapped(TOKEN, "=%0A")}`],
    ["broken by a mail program and rewritten by a gateway", `${PAGE}%23token%3D${wrapped(TOKEN, "%3D%0A", 72)}`],
  ])("is read %s", (_, address) => {
    expect(read(address)).toBe(TOKEN);
    expect(read(pasted(address))).toBe(TOKEN);
  });

  it.each([
    ["no invitation", PAGE],
    ["another fragment", `${PAGE}#about`],
    ["an empty one", `${PAGE}#token=`],
    ["a word that ends alike", `${PAGE}#mytoken=${TOKEN}`],
    ["percent signs that mean nothing", `${PAGE}%E0%A4%A#%`],
  ])("is empty in an address with %s", (_, address) => expect(read(address)).toBe(""));

  it("is bounded in an address without end", () => {
    expect(read(`${PAGE}#token=${"a".repeat(1_000_000)}`).length).toBeLessThan(20_000);
  });

  it("holds nothing that could be markup", () => {
    expect(read(`${PAGE}#token=<img src=x onerror=alert(1)>`)).toBe("");
    expect(read(`${PAGE}#token=abc<b>`)).toBe("abc");
  });
});

describe("what stands behind the token", () => {
  it.each([
    [`#token=${TOKEN}&opens=1800000000&recorded=1`, 1_800_000_000, true],
    [`%23token=${TOKEN}&amp;opens=1800000000&amp;recorded=0`, 1_800_000_000, false],
    [`#token=${TOKEN}%26opens%3D1800000000%26recorded%3D1.`, 1_800_000_000, true],
    [`#token=${TOKEN}&opens=3D18000=00000&recorded=3D1`, 1_800_000_000, true],
    [`#token=${TOKEN}`, null, null],
    [`#token=${TOKEN}&opens=soon&recorded=maybe`, null, null],
    [`#token=${TOKEN}&opens=-5&recorded=`, null, null],
  ])("in %s", (rest, opens, recorded) =>
    expect(readInvitation(PAGE + rest)).toEqual({ token: TOKEN, opens, recorded }),
  );
});

describe("the address without the invitation", () => {
  it.each([
    ["/dojo/", "", "/dojo/"],
    ["/dojo/%23token=abc", "", "/dojo/"],
    ["/dojo/%2523token%253Dabc/", "", "/dojo/"],
    ["/%23token=abc", "", "/"],
    ["/dojo/token=abc", "", "/dojo/"],
    ["/dojo/", "?token=abc", "/dojo/"],
    ["/dojo/", "?%23token=abc", "/dojo/"],
    ["/dojo/", "?theme=dark", "/dojo/?theme=dark"],
    ["//elsewhere.example/%23token=abc", "", "//elsewhere.example/"],
  ])("of %s%s is %s", (pathname, search, clean) => expect(withoutInvitation({ pathname, search })).toBe(clean));
});

describe("the link for another browser", () => {
  it("has the token and everything else that was said", () => {
    const invitation = { token: TOKEN, opens: 1_800_000_000, recorded: false };
    const link = linkOf(`${PAGE}?theme=dark#x`, invitation);
    expect(link).toBe(`${PAGE}#token=${TOKEN}&opens=1800000000&recorded=0`);
    expect(readInvitation(link)).toEqual(invitation);
    expect(linkOf(PAGE, { token: TOKEN, opens: null, recorded: null })).toBe(`${PAGE}#token=${TOKEN}`);
  });
});
