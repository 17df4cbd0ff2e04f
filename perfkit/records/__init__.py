"""What the office wrote down: tables read from files, typed and checked cell by cell."""

from perfkit.records.calendar import days_after, workdays
from perfkit.records.read import Records, load_records, read_records
from perfkit.records.schema import TABLES

__all__ = ["TABLES", "Records", "days_after", "load_records", "read_records", "workdays"]
