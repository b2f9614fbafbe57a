"""Swap: exchange neighbouring tiles so that three or more equal ones line up."""
