CREATE TABLE remarks (remark text NOT NULL);
