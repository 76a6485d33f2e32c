"""Administrative documents (.docx) in the layout of NĐ 30/2020/NĐ-CP, ready to be finished, numbered and signed.

layout (how such a document looks), report (the consolidated report), urging (công văn đôn đốc), routes. Their words are
Vietnamese in every language of the console: they are documents of an office, not pages of ours.
"""
