"""What portals publish is read whatever they write it in; what is hostile or broken is refused by name."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.portals.entries import NotAFeed, read_feed
from services.ingest.portals.wording import instant, title_of

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Cổng TTĐT</title><language>vi</language>
<item><title>&lt;b&gt;Điện hạt nhân&lt;/b&gt; &amp;amp; đời sống</title><link>https://langson.example/1</link>
<guid isPermaLink="false">bai-1</guid><category>Chuyển đổi số</category>
<description><![CDATA[<p>Ứng dụng <i>bức xạ</i></p>]]></description>
<pubDate>Mon, 04 May 2026 08:30:00 +0700</pubDate></item>
<item><title>Không có đường dẫn</title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi"><title>x</title><id>urn:x</id>
<entry><id>urn:uuid:1</id><title>Tin A</title><link href="https://a.example/1"/><updated>2026-05-04T01:30:00Z</updated>
<category term="P119"/><summary>tóm tắt</summary></entry></feed>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://a.example/1</loc><lastmod>2026-05-04</lastmod></url>
<url><loc>https://a.example/2</loc><news:news><news:publication><news:name>A</news:name><news:language>vi</news:language>
</news:publication>
<news:publication_date>2026-05-04T08:30:00+07:00</news:publication_date><news:title>Tin B</news:title>
</news:news></url></urlset>"""


def test_rss_loses_its_tags_and_keeps_its_words() -> None:
    found = read_feed(RSS.encode())
    [entry] = found.entries
    assert (entry.title, entry.summary) == ("Điện hạt nhân & đời sống", "Ứng dụng bức xạ")
    assert entry.published == datetime(2026, 5, 4, 1, 30, tzinfo=UTC)
    assert (entry.categories, entry.language) == (("Chuyển đổi số",), "vi")
    assert entry.names == {"bai-1", "https://langson.example/1"}
    assert found.left_out == 1


def test_atom_json_feed_and_sitemaps_say_the_same() -> None:
    [atom] = read_feed(ATOM.encode()).entries
    assert (atom.title, atom.link, atom.categories) == ("Tin A", "https://a.example/1", ("P119",))
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": "urn:uuid:1",
                "url": "https://a.example/1",
                "title": "Tin A",
                "content_text": "tóm tắt",
                "tags": ["P119"],
                "date_published": "2026-05-04T01:30:00Z",
            },
            7,
            {"id": "x"},
        ],
    }
    told = read_feed(json.dumps(feed).encode())
    assert (told.entries[0].title, told.entries[0].published, told.left_out) == (atom.title, atom.published, 2)
    plain, news = read_feed(SITEMAP.encode()).entries
    assert (plain.link, plain.title, plain.published) == ("https://a.example/1", "", datetime(2026, 5, 4, tzinfo=UTC))
    assert (news.title, news.language) == ("Tin B", "vi")


def test_a_text_in_another_encoding_is_read_as_it_says() -> None:
    text = RSS.replace("utf-8", "utf-16").encode("utf-16")
    with pytest.raises(NotAFeed):
        read_feed(text)  # its first byte is neither < nor {
    latin = '<?xml version="1.0" encoding="windows-1258"?><rss version="2.0"><channel><item><title>Tin d\xf0</title>'
    [entry] = read_feed((latin + "<link>https://a.example/1</link></item></channel></rss>").encode("latin-1")).entries
    assert entry.title == "Tin dđ"


BOMB = '<!DOCTYPE x [<!ENTITY a "' + "b" * 1000 + '"><!ENTITY c "' + "&a;" * 1000 + '">]>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not_a_feed"),
        ("xin chào", "not_a_feed"),
        ("[1]", "not_a_feed"),
        ("{}", "not_a_feed"),
        ("{", "feed_broken"),
        ("<html><body/></html>", "not_a_feed"),
        ("<rss><channel>", "feed_broken"),
        ("{" * 100_000, "feed_broken"),
        (f"<?xml version='1.0'?>{BOMB}<rss><channel/></rss>", "feed_unsafe"),
        ("<!DOCTYPE rss SYSTEM 'file:///etc/passwd'><rss/>", "feed_unsafe"),
        ("<sitemapindex><sitemap><loc>https://a.example/s1.xml</loc></sitemap></sitemapindex>", "sitemap_index"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(body: str, code: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read_feed(body.encode())
    assert refused.value.code == code


def test_a_feed_of_the_same_link_twice_and_of_thousands_of_entries_is_bounded() -> None:
    items = "".join(f"<item><title>T{n}</title><link>https://a.example/{n % 600}</link></item>" for n in range(1200))
    found = read_feed(f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    assert (len(found.entries), found.left_out) == (500, 700)
    assert found.entries[0].title == "T0", "the first of the feed are the newest"


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60))
def test_no_text_of_a_title_breaks_anything(title: str) -> None:
    feed = {"version": "https://jsonfeed.org/version/1", "items": [{"url": "https://a.example/1", "title": title}]}
    for entry in read_feed(json.dumps(feed).encode()).entries:
        assert entry.title.isprintable() and entry.title == entry.title.strip()


def test_the_title_of_a_page_is_read_in_its_own_encoding() -> None:
    page = "<html><head><meta charset='utf-8'><title>\n Tin  &amp; bài </title></head>"
    assert title_of(page.encode(), "text/html") == "Tin & bài"
    assert title_of(b"<title>Caf\xe9</title>", "text/html; charset=iso-8859-1") == "Café"
    assert title_of(b"<title>x</title>", "text/html; charset=lạ") == "x"
    assert title_of(b"no title", "") == ""


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</channel></rss>",
        b"<rss><channel><item " + b" ".join(b"a%d='1'" % n for n in range(20_000)) + b"/></channel></rss>",
        b"<rss><channel><item><link>https://a.example/1</link><title>"
        + b"&lt;" * 50_000
        + b"</title></item></channel></rss>",
    ],
    ids=["deep", "attributes", "openings"],
)
def test_a_feed_costs_time_in_proportion_to_its_length(body: bytes) -> None:
    began = time.process_time()
    read_feed(body)
    assert time.process_time() - began < 10, "one of these once took 50 s, the others minutes in 4 MB"


@pytest.mark.parametrize("piece", [b"<title", b"<title>"])
def test_a_page_costs_time_in_proportion_to_its_length(piece: bytes) -> None:
    began = time.process_time()
    assert title_of(piece * 36_000, "text/html") == ""
    assert time.process_time() - began < 5, "2 minutes, once"


def test_a_charset_that_is_no_charset_of_a_text_breaks_no_page() -> None:
    for named in ("idna", "undefined", "hex", "rot13", "punycode"):
        assert title_of(b"<title>Tin</title>", f"text/html; charset={named}") == "Tin"


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("Mon, 04 May 2026 08:30:00 GMT", 2026),
        ("2026-05-04T08:30:00", 2026),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("9999-12-31", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("1" * 5000, None),
        ("hôm qua", None),
    ],
)
def test_a_time_that_cannot_be_computed_with_is_not_told(written: str, year: int | None) -> None:
    moment = instant(written)
    assert (moment and moment.year) == year
