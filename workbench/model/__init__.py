"""The words of the workbench as frozen, validated types; imports nothing of ours."""
