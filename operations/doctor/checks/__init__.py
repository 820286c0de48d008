"""The checks, one subject each; `operations.doctor.examination` lists them in the order of reading."""
