"""Figures and indicators that a plan has the hub compute itself (`computed`), beside what was reported: how they are
counted (`counting`), how indicators are measured by the counts (`measured`), how both are told (`telling`). Pure.
"""
