-- Adds the results of the types that look at our own statuses to new_test_result, so that they too can be explained.
INSERT INTO new_test_result BY NAME
FROM judged_tests();
