-- Moments and days, as SQL (domain.md): a moment is an instant, kept as UTC without offset; a day is a day in
-- Europe/Amsterdam. Made in every database that holds moments, the published file too: no extension is needed.
-- Source of the rule: Directive 2000/84/EC, from the last Sunday of March to that of October, 01:00 UTC; until 1995 to that
-- of September. Before 1981 the clock is taken as one hour ahead all year, as in `models/instant.py`.
-- Counting with the calendar costs a fourth of asking the time zone data of an extension, for a day a twentieth.

-- Whether the evening of a UTC day (a DATE or a moment in it) has summer time; the clock changes in the night.
CREATE OR REPLACE MACRO summer_evening(utc) AS year(utc) >= 1981 AND CASE month(utc)
    WHEN 3 THEN dayofmonth(utc) - dayofweek(utc) > 24
    WHEN 9 THEN year(utc) >= 1996 OR dayofmonth(utc) - dayofweek(utc) <= 23
    WHEN 10 THEN year(utc) >= 1996 AND dayofmonth(utc) - dayofweek(utc) <= 24
    ELSE month(utc) BETWEEN 4 AND 8 END;

-- The day of a moment.
CREATE OR REPLACE MACRO day_of(moment) AS CAST(moment AS DATE)
    + CASE WHEN hour(moment) < 22 THEN 0 WHEN hour(moment) = 23 OR summer_evening(moment) THEN 1 ELSE 0 END;

-- What the clock in Amsterdam shows at a moment.
CREATE OR REPLACE MACRO amsterdam_time(moment) AS moment
    + CASE WHEN summer_evening(moment - INTERVAL 1 HOUR) THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END;

-- The first moment of a day: its midnight in Amsterdam.
CREATE OR REPLACE MACRO first_moment_of(day) AS CAST(day AS TIMESTAMP)
    - CASE WHEN summer_evening(CAST(day AS DATE) - 1) THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END;

-- The moment at which the clock in Amsterdam shows a time. In autumn an hour comes twice, in spring one not at all: the
-- earlier or the later of the two that can be meant.
CREATE OR REPLACE MACRO earliest_moment_of(wall_time) AS wall_time
    - CASE WHEN summer_evening(wall_time - INTERVAL 3 HOUR) OR summer_evening(wall_time - INTERVAL 2 HOUR)
        THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END;
CREATE OR REPLACE MACRO latest_moment_of(wall_time) AS wall_time
    - CASE WHEN summer_evening(wall_time - INTERVAL 3 HOUR) AND summer_evening(wall_time - INTERVAL 2 HOUR)
        THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END;

-- Working days: a day that is no Saturday, Sunday or generally recognised holiday (Algemene termijnenwet, article 3, read on
-- 2026-11-27: New Year's Day, Good Friday, Easter Monday, the King's birthday, 5 May, Ascension Day, Whit Monday, Christmas).
-- Easter by the Gregorian computus of Meeus (Astronomical Algorithms, chapter 8), as in `tests/oracle/followed.py`.
CREATE OR REPLACE MACRO epact_of_easter(y) AS
    (19 * (y % 19) + y // 100 - y // 400 - (y // 100 - (y // 100 + 8) // 25 + 1) // 3 + 15) % 30;
CREATE OR REPLACE MACRO weekday_of_easter(y) AS
    (32 + 2 * ((y // 100) % 4) + 2 * ((y % 100) // 4) - epact_of_easter(y) - (y % 100) % 4) % 7;
CREATE OR REPLACE MACRO place_of_easter(y) AS epact_of_easter(y) + weekday_of_easter(y) + 114
    - 7 * (((y % 19) + 11 * epact_of_easter(y) + 22 * weekday_of_easter(y)) // 451);
CREATE OR REPLACE MACRO easter_of(y) AS make_date(y, place_of_easter(y) // 31, place_of_easter(y) % 31 + 1);
CREATE OR REPLACE MACRO is_working_day(day) AS isodow(day) <= 5
    AND day - easter_of(year(day)) NOT IN (-2, 1, 39, 50)
    AND strftime(day, '%m-%d') NOT IN ('01-01', '05-05', '12-25', '12-26')
    AND day <> CASE WHEN isodow(make_date(year(day), 4, 27)) = 7 THEN make_date(year(day), 4, 26)
        ELSE make_date(year(day), 4, 27) END;
-- The day itself when it is a working day, else the first one after it (Regulation 1182/71, article 3(4)). No more than
-- seven days in a row are no working days.
CREATE OR REPLACE MACRO next_working_day(day) AS
    CAST(day + CAST(list_filter(range(8), n -> is_working_day(CAST(day + CAST(n AS INTEGER) AS DATE)))[1] AS INTEGER) AS DATE);
