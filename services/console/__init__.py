"""The console: what officials see. Pages over the hub's own HTTP routes, in the name of who is logged in.

It holds no right and no figure of its own. A page asks the routes that own the data (asking.Hub, in this process,
with the person's short-lived token), so that every right is checked where the data lies; it draws what they answered.

To add a page that is read:

1. pages/NAME.py: a frozen dataclass with a docstring that says what each member is (it is what the template gets as
   `data`, and what NAME.json holds); `async gather(visit)` that asks the hub and hands the answers to a pure `build`;
   `tables(data, visit)` if it has tables, with all their rows (paging.portion cuts what a page shows at once;
   `folding` names the tables that the template writes by marks.folded); a `Page`
   at its end. Filters are named in `Page.filters`; others are refused.
2. templates/pages/NAME.html: extends base.html, blocks `title` and `main`. `t` says words, `f` writes numbers and
   days, `tables` holds the page's tables by name; parts/marks.html has tags, tables, exports, filters, error summary.
   No inline style or script: the policy forbids both. What htmx refreshes has ids, so that the focus stays.
3. languages/vi.yaml and en.yaml: its words under NAME; the menu's under NAME.menu.
4. pages/__init__.py: the page in PAGES.
5. tests/services/console: its `build` and tables with answers made by hand; test_browser.py looks at every page
   there is in Chromium (axe, both languages, 1440 and 360 pixels).

To add a page that acts: a route of its own beside PAGES (a Starlette Route in the page's module, listed in app.app),
POST, the person's CSRF word compared, the act done by the hub's route through `visit.hub`; refusals become
marks.summary and marks.fault with the route's own words, the title begins with “Lỗi:”, the answer is 422 with the form
as it was sent; success is a 303 to a page that shows it. It works without JavaScript first.

Pictures are pure functions in pictures/ and templates in templates/pictures/; tables become CSV and XLSX in sheets.py.
"""
