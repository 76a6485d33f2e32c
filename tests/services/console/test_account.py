"""One's own account: the password is changed, and sessions elsewhere end."""

from __future__ import annotations

import html
import re

from services.identity.people.person import Bound
from tests.builders.console import PASSWORD, Site, people

NEW = "sáu con trâu đen qua sông"
PAGE = "/account"


def test_a_password_is_changed_where_both_times_agree_and_other_sessions_end(own_site: Site) -> None:
    people(own_site.conninfo, {"doi.mk": ("Người Đổi", Bound(role="drafter", province="20"))})
    with own_site.person("doi.mk") as here, own_site.person("doi.mk") as elsewhere:
        assert f'href="{PAGE}"' in here.get("/overview").text
        given = {"csrf": here.word(PAGE), "do": "password", "old": PASSWORD, "password": NEW, "again": NEW}
        differently = here.send(PAGE, given | {"again": "khác hẳn với ở trên"})
        assert differently.status_code == 422 and 'id="again-error"' in differently.text
        wrong = here.send(PAGE, given | {"old": "mười hai con mèo"})
        assert wrong.status_code == 422 and 'id="old-error"' in wrong.text and "mười hai con mèo" not in wrong.text
        assert here.send(PAGE, given | {"csrf": "khác"}).status_code == 403
        assert here.send(PAGE, given).headers["location"] == f"{PAGE}?done=password"
        assert "Đã đổi mật khẩu" in html.unescape(here.get(f"{PAGE}?done=password").text)
        assert elsewhere.get("/overview", 303).headers["location"].startswith("/login")
    with own_site.browser() as again:
        assert again.log_in("doi.mk").status_code == 422
        assert again.log_in("doi.mk", password=NEW).status_code == 303


def test_a_session_left_open_elsewhere_is_ended_and_this_one_goes_on(own_site: Site) -> None:
    people(own_site.conninfo, {"hai.phien": ("Người Hai Phiên", Bound(role="drafter", province="20"))})
    with own_site.person("hai.phien") as here, own_site.person("hai.phien") as elsewhere:
        page = here.get(PAGE).text
        [other] = re.findall(r'name="session" value="([^"]+)"', page)
        ended = here.send(PAGE, {"csrf": here.word(PAGE), "do": "end", "session": other})
        assert ended.headers["location"] == f"{PAGE}?done=end"
        elsewhere.get("/overview", 303)
        assert 'name="session"' not in here.get(PAGE).text


def test_nobodys_account_is_the_login(site: Site) -> None:
    with site.browser() as nobody:
        assert nobody.get(PAGE, 303).headers["location"] == "/login?next=%2Faccount"
