-- What statements of attacks may say of attributes and labels.
CREATE TEMP MACRO with_attribute(attributes, name, value) AS
    map_concat(coalesce(attributes, CAST(MAP {} AS MAP(VARCHAR, VARCHAR))), map([name], [value]));
CREATE TEMP MACRO without_attributes(attributes, names) AS
    map_from_entries(list_filter(map_entries(attributes), lambda entry: NOT list_contains(names, entry.key)));
CREATE TEMP MACRO without_words(words, names) AS
    list_filter(words, lambda word: NOT list_contains(names, word));
