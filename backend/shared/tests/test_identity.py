from datetime import UTC, datetime, timedelta

import jwt
import pytest

from shared import identity
from shared.environment import SettingUnusable

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
PRIVATE, PUBLIC = identity.new_key_pair()
OTHER_PRIVATE, OTHER_PUBLIC = identity.new_key_pair()


def signed(**changes):
    facts = {
        "issuer": "webapp",
        "audience": "trading",
        "subject": "7",
        "role": "household",
        "nodes": ["N001"],
    }
    return identity.sign(PRIVATE, **(facts | {"at": AT} | changes))


def verify(token, at=AT, public=PUBLIC):
    return identity.verify(public, token, issuer="webapp", audience="trading", at=at)


class TestVerify:
    def test_returns_who_is_asking(self):
        assert verify(signed()) == identity.Identity("7", "household", ("N001",))

    def test_reads_the_authorization_header(self):
        found = identity.verify_header(
            PUBLIC, f"Bearer {signed()}", issuer="webapp", audience="trading", at=AT
        )
        assert found.subject == "7"

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "bearer\tx"])
    def test_refuses_a_header_without_token(self, header):
        with pytest.raises(identity.NotTrusted):
            identity.verify_header(PUBLIC, header, issuer="webapp", audience="trading", at=AT)

    @pytest.mark.parametrize(
        "changes",
        [{"audience": "webapp"}, {"issuer": "trading"}],
        ids=["another audience", "another issuer"],
    )
    def test_refuses_a_token_for_or_from_others(self, changes):
        with pytest.raises(identity.NotTrusted):
            verify(signed(**changes))

    def test_refuses_another_key(self):
        with pytest.raises(identity.NotTrusted):
            verify(signed(), public=OTHER_PUBLIC)

    def test_refuses_it_when_expired_or_not_yet_valid(self):
        assert verify(signed(), at=AT + timedelta(seconds=34)).subject == "7"
        for at in (AT + timedelta(seconds=35), AT - timedelta(seconds=6)):
            with pytest.raises(identity.NotTrusted):
                verify(signed(), at=at)

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": 2**40},
            {"exp": "soon"},
            {"iat": 1.5},
            {"role": "root"},
            {"role": ["operator"]},
            {"nodes": "N001"},
            {"nodes": [1]},
            {"nodes": None},
            {"sub": None},
            {"aud": ["trading", "webapp"]},
        ],
        ids=str,
    )
    def test_refuses_claims_of_another_shape(self, change):
        claims = jwt.decode(signed(), options={"verify_signature": False}) | change
        token = jwt.encode(claims, PRIVATE, algorithm="EdDSA", headers={"typ": identity.TOKEN_TYPE})
        with pytest.raises(identity.NotTrusted):
            verify(token)

    def test_refuses_another_kind_of_token_under_the_same_key(self):
        claims = jwt.decode(signed(), options={"verify_signature": False})
        with pytest.raises(identity.NotTrusted):
            verify(jwt.encode(claims, PRIVATE, algorithm="EdDSA"))

    def test_refuses_unsigned_and_symmetric_tokens(self):
        claims = jwt.decode(signed(), options={"verify_signature": False})
        headers = {"typ": identity.TOKEN_TYPE}
        for token in (
            jwt.encode(claims, None, algorithm="none", headers=headers),
            jwt.encode(claims, "k" * 64, algorithm="HS256", headers=headers),
            signed().rsplit(".", 1)[0] + ".",
            "",
            "a.b.c",
            "é.é.é",
        ):
            with pytest.raises(identity.NotTrusted):
                verify(token)


class TestSign:
    @pytest.mark.parametrize("changes", [{"role": "root"}, {"lifetime_s": 0}, {"lifetime_s": 301}], ids=str)
    def test_refuses_an_unknown_role_and_a_long_life(self, changes):
        with pytest.raises(ValueError):
            signed(**changes)


class TestCheckKeys:
    def test_accepts_an_ed25519_pair(self):
        identity.check_private_key("A", PRIVATE)
        identity.check_public_key("A", PUBLIC)

    @pytest.mark.parametrize("pem", ["", "secret", PUBLIC])
    def test_names_the_variable_of_an_unusable_private_key(self, pem):
        with pytest.raises(SettingUnusable, match="CEEX_X"):
            identity.check_private_key("CEEX_X", pem)

    @pytest.mark.parametrize("pem", ["", "secret", PRIVATE])
    def test_names_the_variable_of_an_unusable_public_key(self, pem):
        with pytest.raises(SettingUnusable, match="CEEX_X"):
            identity.check_public_key("CEEX_X", pem)
