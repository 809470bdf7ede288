"""The tokens of share links, verified with PyJWT: for every option of a link, the claims are the ones that Stream documents."""

import json
import os
from pathlib import Path

import jwt
import pytest

FILE = os.environ.get("HAJIME_TOKENS")
pytestmark = pytest.mark.skipif(not FILE, reason="HAJIME_TOKENS does not name the file with tokens")

ALL = json.loads(Path(FILE).read_text()) if FILE else {"tokens": []}
NAMES = [token["name"] for token in ALL["tokens"]]


def verified(token, **options):
    return jwt.decode(token, ALL["public"], algorithms=["RS256"], options=options)


def test_there_is_a_token_for_every_option():
    assert NAMES == ["watch", "download", "later", "country", "address"]


@pytest.mark.parametrize("made", ALL["tokens"], ids=NAMES)
def test_the_claims_are_those_of_the_option(made):
    claims = verified(made["token"], verify_nbf=False)
    rules = claims.pop("accessRules", [])
    assert rules == made["accessRules"]
    expected = {name: made[name] for name in ("exp", "nbf", "downloadable")}
    assert claims == {"sub": ALL["sub"], "kid": ALL["kid"], **expected}
    assert jwt.get_unverified_header(made["token"]) == {"alg": "RS256", "typ": "JWT", "kid": ALL["kid"]}
    assert claims["exp"] - claims["nbf"] <= 24 * 3600


@pytest.mark.parametrize("made", ALL["tokens"], ids=NAMES)
def test_a_changed_token_is_refused(made):
    head, payload, signature = made["token"].split(".")
    other = next(token for token in ALL["tokens"] if token["name"] != made["name"])
    with pytest.raises(jwt.InvalidSignatureError):
        verified(f"{head}.{other['token'].split('.')[1]}.{signature}", verify_nbf=False)
    assert payload


def test_a_token_that_begins_later_is_refused_until_then():
    later = next(made for made in ALL["tokens"] if made["name"] == "later")
    with pytest.raises(jwt.ImmatureSignatureError):
        verified(later["token"])
