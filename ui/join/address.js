// Reads an invitation out of the page's address, also after mail gateways, messengers and line-wrapping mail programs have been at it.
// Pure functions: nothing here touches the page.

/**
 * What an invitation says. Only the token lets anybody in; the rest decides what the page shows.
 *
 * @typedef {object} Invitation
 * @property {string} token the participant token, empty when the address has none
 * @property {number | null} opens when the room opens, in seconds since 1970
 * @property {boolean | null} recorded whether the class is recorded; null when the invitation does not say
 */

/** The longest address that is read, in characters. Participant tokens have less than 2,000. */
const MAX_ADDRESS = 20_000;
/** Addresses of gateways inside gateways are encoded once more by each. */
const MAX_ENCODINGS = 4;
/** Where a token begins: at the start of the fragment, of a parameter, of the query or of a part of the path. */
const TOKEN = /(?:^|[#?&/])token=(?:3D(?=eyJ))?/i;
/** What a token cannot contain: whitespace of wrapped lines, soft line breaks (`=`), marks that messengers insert to allow a break. */
const BREAKS = /[\s=+\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+/gu;

/**
 * Decodes percent signs once. Sequences that are no UTF-8 stay as they are.
 *
 * @param {string} text
 * @returns {string}
 */
function decoded(text) {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (sequence) => {
    try {
      return decodeURIComponent(sequence);
    } catch {
      return sequence;
    }
  });
}

/**
 * The number in a field behind the token, such as `opens` in `token=…&opens=1800000000`; null when there is none. The equals sign is left
 * out of the comparison, because line breaks are made of it, too.
 *
 * @param {string[]} fields `name=value` each
 * @param {RegExp} pattern
 * @returns {number | null}
 */
function number(fields, pattern) {
  const found = fields.map((text) => pattern.exec(text.replace(BREAKS, ""))).find(Boolean);
  return found ? Number(found[1]) : null;
}

/**
 * The invitation in an address. The token is the text behind the first `token=`, wherever that stands: in the fragment, in the path
 * or the query.
 *
 * @param {string} address the whole address
 * @returns {Invitation}
 */
export function readInvitation(address) {
  let text = address.slice(0, MAX_ADDRESS).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  for (let round = 0; round < MAX_ENCODINGS && !TOKEN.test(text); round += 1) text = decoded(text);
  const begins = TOKEN.exec(text);
  if (!begins) return { token: "", opens: null, recorded: null };
  const rest = decoded(text.slice(begins.index + begins[0].length)).replace(/&amp;/gi, "&");
  const [first, ...fields] = rest.split(/[&#?]/);
  const recorded = number(fields, /^recorded(?:3D)?([01])/);
  return {
    token: tokenOf(first),
    opens: number(fields, /^opens(?:3D)?(\d{9,11})/),
    recorded: recorded === null ? null : recorded === 1,
  };
}

/**
 * The token at the beginning of a text: line breaks inside it are taken out, and what follows it is left out, such as the full stop
 * of the sentence or the bracket that the link stood in.
 *
 * @param {string} text
 * @returns {string}
 */
function tokenOf(text) {
  const joined = text.replace(BREAKS, "");
  const [token] = /^[A-Za-z0-9_.-]*/.exec(joined);
  return token.split(".").slice(0, 3).join(".").replace(/\.+$/, "");
}

/**
 * The address of the page without any invitation, for the address bar.
 *
 * @param {{pathname: string, search: string}} location
 * @returns {string}
 */
export function withoutInvitation({ pathname, search }) {
  const path = pathname.replace(/(?:%(?:25)*23|token(?:=|%(?:25)*3D)).*$/i, "");
  const rest = /token(?:=|%(?:25)*3D)/i.test(search) ? "" : search;
  return (path || "/") + rest;
}

/**
 * The link that opens the same invitation elsewhere.
 *
 * @param {string} page the address of the page
 * @param {Invitation} invitation
 * @returns {string}
 */
export function linkOf(page, { token, opens, recorded }) {
  const fields = [`token=${token}`];
  if (opens !== null) fields.push(`opens=${opens}`);
  if (recorded !== null) fields.push(`recorded=${recorded ? 1 : 0}`);
  return `${page.split(/[?#]/)[0]}#${fields.join("&")}`;
}
